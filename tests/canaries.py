"""Words that belong to nobody, planted where personal words go, and what finds them however they are written.

Each canary bears a mark and a number of its own. What is searched is read as it stands, and again with its
escapes undone; folded as names are folded; and for the mark's bytes as hexadecimal and as base64.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

ASCII, ACCENTED, CYRILLIC = "qvoxkanari", "qvờxkạnãrí", "квоксканари"
PHONE, NATIONAL_ID, ACCOUNT = "799417265", "193102074815162342", "4815001623420"
BORN_ON = "1931-02-07"  # nothing else happened on this day
_WORDS = (ASCII, ACCENTED, CYRILLIC)
_NUMBERS = (PHONE, NATIONAL_ID, ACCOUNT)


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


@dataclass
class Flock:
    """Makes canaries and remembers where each was planted."""

    places: dict[str, str] = field(default_factory=dict)  # canary -> where it was planted

    def name(self, where: str) -> str:
        """A name of two words, with letters beyond ASCII."""
        number = self._number(where)
        return f"{ACCENTED.title()}{number} {ASCII.title()}{number}"

    def story(self, where: str) -> str:
        number = self._number(where)
        return f"{ASCII}{number} analala sokoni; jirani {CYRILLIC}{number} ampa \u201cchakula\u201d."

    def code(self, where: str) -> str:
        """Of letters, digits and dashes, as codes are."""
        return f"{ASCII}-{self._number(where)}"

    def phone(self, where: str) -> str:
        return f"+255 {PHONE[:3]} {PHONE[3:6]} {PHONE[6:]} {self._number(where)}"

    def email(self, where: str) -> str:
        return f"{ASCII}{self._number(where)}@example.org"

    def national_id(self, where: str) -> str:
        """Of Tanzania's form: twenty digits that begin with the birth date."""
        number = self._number(where)[-2:]
        digits = NATIONAL_ID + number
        return f"{digits[:8]}-{digits[8:13]}-{digits[13:18]}-{digits[18:]}"

    def account(self, where: str) -> str:
        return f"{ACCOUNT[:4]}-{ACCOUNT[4:9]}-{ACCOUNT[9:]}{self._number(where)}"

    def _number(self, where: str) -> str:
        number = f"{len(self.places) + 1:03d}"
        self.places[number] = where
        return number


def found_in(text: bytes | str) -> list[str]:
    """What of any canary stands in a text, each with how it is written and some of what stands around it."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return list(_found(text))


def _found(text: str) -> Iterator[str]:
    marks = [folded(word) for word in _WORDS]
    for how, reading in _readings(text):
        plain = folded(reading)
        # People write numbers with blanks, dashes and points.
        digits = re.sub(r"(?<=\d)[ .\-]+(?=\d)", "", plain)
        for mark in marks:
            yield from _around(plain, mark, how)
        for number in _NUMBERS:
            yield from _around(digits, number, how)
        yield from _around(reading, BORN_ON, how)
    lower = text.lower()
    for word in (*_WORDS, *_NUMBERS, BORN_ON):
        for form in {word, word.title(), word.upper(), unicodedata.normalize("NFD", word)}:
            for encoding in ("utf-8", "utf-16-le"):
                yield from _around(lower, form.encode(encoding).hex(), f"hexadecimal of {encoding}")
            for core in _base64_cores(form.encode()):
                yield from _around(text, core, "base64")
                yield from _around(text, core.replace("+", "-").replace("/", "_"), "base64 for addresses")


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
    yield "escaped as in JSON", _UNICODE.sub(lambda m: chr(int(m[1], 16)), text)
    for how, escape, base in (("escaped by bytes", _HEX, 16), ("escaped in octal", _OCTAL, 8)):
        if escape.search(text):
            undone = escape.sub(lambda m, base=base: chr(int(m[1], base)), text)  # type: ignore[misc]
            yield how, undone.encode("latin-1", "replace").decode("utf-8", "replace")


def _base64_cores(word: bytes) -> Iterator[str]:
    """What base64 makes of a word wherever it begins in what is encoded: the letters that it alone decides."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + word).decode().rstrip("=")
        first = (before * 8 + 5) // 6  # the first letter that nothing before the word has a part in
        last = (before + len(word)) * 8 // 6  # behind the last one that nothing after it has a part in
        yield encoded[first:last]
