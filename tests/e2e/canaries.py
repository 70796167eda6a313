"""Words that belong to nobody, planted where personal words go, and what finds them however they are written.

Each canary bears the marks of its flock, made by chance, and a number of its own. What is searched is read as it
stands, and again with its escapes undone; folded as names are folded; and for the marks' bytes as hexadecimal and as
base64.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from random import Random

BORN_ON = "1931-02-07"  # nothing else happened on this day
_LATIN, _ACCENTED = "aeioubdgklmnrstz", "ạễịốụbďğķľmñřšťž"
_CYRILLIC = "аеиоубдгклмнрстз"


class Flock:
    """Canaries with the same marks; `places` tells where each was planted."""

    def __init__(self, seed: object = None) -> None:
        dice = Random() if seed is None else Random(str(seed))
        letters = "kanari" + "".join(dice.choice("aeiou" if n % 2 else "bdgklmnrstz") for n in range(8))
        self.plain = letters
        self.accented = letters.translate(str.maketrans(_LATIN, _ACCENTED))
        self.cyrillic = letters.translate(str.maketrans(_LATIN, _CYRILLIC))
        self.digits = f"{dice.randrange(10**8, 10**9)}"  # in telephone, account and identity numbers
        self.born_on = BORN_ON
        self.places: dict[str, str] = {}  # number -> where it was planted

    def name(self, where: str) -> str:
        """A name of two words, one with letters beyond ASCII."""
        number = self._number(where)
        return f"{self.accented.title()}{number} {self.plain.title()}{number}"

    def story(self, where: str) -> str:
        number = self._number(where)
        return (
            f"{self.plain}{number} analala sokoni; jirani {self.cyrillic}{number} ampa \u201cchakula\u201d."
        )

    def code(self, where: str) -> str:
        """Of letters, digits and dashes, as codes are."""
        return f"{self.plain}-{self._number(where)}"

    def phone(self, where: str) -> str:
        return f"+255 {self.digits[:3]} {self.digits[3:6]} {self.digits[6:]} {self._number(where)}"

    def email(self, where: str) -> str:
        return f"{self.plain}{self._number(where)}@example.org"

    def national_id(self, where: str) -> str:
        """Of Tanzania's form: twenty digits that begin with the birth date."""
        digits = self.digits + self._number(where)[-3:]
        return f"{self.born_on.replace('-', '')}-{digits[:5]}-{digits[5:10]}-{digits[10:]}"

    def account(self, where: str) -> str:
        return f"{self.digits[:4]}-{self.digits[4:8]}-{self.digits[8:]}{self._number(where)}"

    def planted_at(self, word: str) -> str | None:
        """Where a word was planted, by the number at its end or behind its mark."""
        found = re.search(
            rf"(?:{self.plain}-?|{self.accented}|{self.cyrillic})(\d{{4}})", word, re.IGNORECASE
        )
        return self.places.get(found[1]) if found else None

    def _number(self, where: str) -> str:
        number = f"{len(self.places) + 1:04d}"
        self.places[number] = where
        return number

    # -- Finding

    def found_in(self, text: bytes | str) -> list[str]:
        """What of this flock stands in a text: how it is written, and some of what stands around it."""
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        return list(self._found(text))

    def marked(self, raw: bytes) -> bool:
        """Whether any mark stands in bytes as it was sent: for heaps too big to be read in every way."""
        return any(mark.encode() in raw for mark in self._marks())

    def _marks(self) -> tuple[str, ...]:
        words = (self.plain, self.accented, self.cyrillic)
        return (*words, *(word.title() for word in words), self.digits)

    def _found(self, text: str) -> Iterator[str]:
        words = {folded(mark) for mark in self._marks()}
        for how, reading in _readings(text):
            plain = folded(reading)
            for word in words:
                yield from _around(plain, word, how)
            # People write numbers with blanks, dashes and points.
            yield from _around(re.sub(r"(?<=\d)[ .\-]+(?=\d)", "", plain), self.digits, how)
            yield from _around(reading, self.born_on, how)
        lower = text.lower()
        for mark in (*self._marks(), self.born_on):
            for form in {mark, mark.upper(), unicodedata.normalize("NFD", mark)}:
                for encoding in ("utf-8", "utf-16-le"):
                    yield from _around(lower, form.encode(encoding).hex(), f"hexadecimal of {encoding}")
                for core in _base64_cores(form.encode()):
                    yield from _around(text, core, "base64")
                    yield from _around(text, core.replace("+", "-").replace("/", "_"), "base64 for addresses")


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _around(text: str, mark: str, how: str) -> Iterator[str]:
    at = text.find(mark)
    if at >= 0:
        yield f"{how}: {text[max(0, at - 60) : at + len(mark) + 20]!r} and {text.count(mark) - 1} more"


_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_HEX = re.compile(r"(?:\\+x|%|=)([0-9a-fA-F]{2})")
_OCTAL = re.compile(r"\\+([0-3][0-7]{2})")


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """The text as it stands, and with the escapes undone of JSON, Python, SQL, addresses and mail."""
    yield "as it stands", text
    if _UNICODE.search(text):
        yield "escaped as in JSON", _UNICODE.sub(lambda m: chr(int(m[1], 16)), text)
    for how, escape, base in (("escaped by bytes", _HEX, 16), ("escaped in octal", _OCTAL, 8)):
        if escape.search(text):
            undone = escape.sub(lambda m, base=base: chr(int(m[1], base)), text)  # type: ignore[misc]
            yield how, undone.encode("latin-1", "replace").decode("utf-8", "replace")


def _base64_cores(word: bytes) -> Iterator[str]:
    """What base64 makes of a word wherever it begins in what is encoded: the letters that it alone decides."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + word).decode()
        first = (before * 8 + 5) // 6  # the first letter that nothing before the word has a part in
        last = (before + len(word)) * 8 // 6  # behind the last one that nothing after it has a part in
        yield encoded[first:last]
