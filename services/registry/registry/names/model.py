"""Folding and searching of names.

A name is kept as typed (NFC). It is compared folded: without accents, case and punctuation, so that
`Việt Nam` meets `viet nam` and `Ng'ombe` meets `ngombe`.
"""

import re
import unicodedata

# Letters that no decomposition takes apart.
_WHOLE = str.maketrans({"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})
_APOSTROPHES = re.compile("['’‘`ʼʻ´]")
_BREAKS = re.compile(r"[\W_]+")


def fold(name: str) -> str:
    """The name as it is compared: words of unaccented lower-case letters and digits, one blank between."""
    apart = _APOSTROPHES.sub("", _apart(_apart(_APOSTROPHES.sub("", name))))
    plain = "".join(c for c in apart if not unicodedata.combining(c)).translate(_WHOLE)
    return _BREAKS.sub(" ", plain).strip()


def _apart(text: str) -> str:
    """Letters without case, accents beside them.

    Some letters have a case only once they are taken apart (`𝕬` becomes `A`), and some come apart only in lower
    case, hence twice: Unicode Standard, 3.13, D146, compatibility caseless matching.
    """
    return unicodedata.normalize("NFKD", text.casefold())


def word_search(text: str) -> str | None:
    """A tsquery over folded names that finds each word of `text` as a word's beginning; None if no word."""
    words = fold(text).split()
    return " & ".join(f"{word}:*" for word in words) or None
