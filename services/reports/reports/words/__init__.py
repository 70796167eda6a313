"""The words of figures and pages, in Swahili, English, Indonesian and Vietnamese: one file for each language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("sw", "en", "id", "vi")


class Words:
    """All words, by language and then by key; every language has the same keys."""

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, directory: Path) -> "Words":
        return cls(
            {name: yaml.safe_load((directory / f"{name}.yaml").read_text("utf-8")) for name in LANGUAGES}
        )

    def of(self, language: str, *keys: str) -> Any:
        """The text, or the branch, under some keys; raises KeyError where there is none."""
        found: Any = self._texts[language]
        for key in keys:
            found = found[key]
        return found

    def code(self, language: str, dimension: str, code: str) -> str:
        """What a code of a dimension means; a code that is not in our lists speaks for itself."""
        texts = self._texts[language]["codes"].get(dimension, {})
        return str(texts.get(code) or code.replace("_", " "))

    def in_all_languages(self, *keys: str) -> dict[str, str]:
        return {language: self.of(language, *keys) for language in LANGUAGES}


WORDS = Words.load(Path(__file__).parent)
