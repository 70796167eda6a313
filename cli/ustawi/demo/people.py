"""People who do not exist, for a story that must not use anybody's data.

Names are of the kinds heard in Rukwa, put together by chance. National ids have the form of Tanzania's (20
digits, birth date first), but the digits of the place are below 00100: no place has such a number, so no living
person has. Groups, and people outside of groups, bear the mark "(mfano)" in their names: "example".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

MARK = "(mfano)"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _words("""
    Agnes Anastazia Asia Beatrice Berta Consolata Editha Esta Faraja Filomena Gaudensia Grace Happiness
    Imelda Jenipha Kristina Leticia Magdalena Maria Mwajuma Neema Oliva Paskalia Perpetua Rehema Salome
    Scholastica Sikujua Tabitha Upendo Veronika Witness Yusta Zainabu
""")
MEN = _words("""
    Abeli Alfonsi Baraka Batholomeo Damiani Deogratias Emanueli Erasto Festo Furaha Gaspari Gervas
    Hamisi Inosenti Juma Kasiano Kizito Ladislaus Mathayo Maulidi Nestori Noeli Omari Osca Paskali Pius
    Ramadhani Richadi Sadoki Severini Tadeo Valentino Wilbroad Zakaria
""")
FAMILIES = _words("""
    Chakupewa Chambala Chapita Chikoti Chisunga Kalunde Kamsweke Kanyembe Kapele Kasonso Katabi Kifunda
    Kipesha Kisusi Kizumba Lyapenda Malongo Mbegeze Mbofu Mkisi Mpandasharo Msangazila Mwampashi
    Mwanakulya Mwananjela Mwanisenga Mwazembe Nandaje Ndenje Nguvumali Nkanga Nkuba Nsofu Ntepele Sangu
    Sikanyika Simbeye Sindani Sokoni Sumuni Ulaya Zumba
""")

_SERIALS = 100_000  # of five digits
_PLACES = 100  # see above


@dataclass(frozen=True)
class Person:
    """Somebody as a register keeps them."""

    name: str
    sex: str
    born_on: date
    national_id: str

    def member(self, **declared: Any) -> dict[str, Any]:
        """As `register_group` takes a member; a citizen in no formal employment unless declared otherwise."""
        return {
            "national_id": self.national_id,
            "name": self.name,
            "sex": self.sex,
            "born_on": self.born_on.isoformat(),
            "citizen": True,
            "formally_employed": False,
            "disability": False,
            **declared,
        }


def national_id(born_on: date, number: int) -> str:
    """The id of the constructed person of that number, and of no other; ValueError when they run out."""
    place, serial = divmod(number, _SERIALS)
    if not 0 <= place < _PLACES:
        raise ValueError(f"there are {_PLACES * _SERIALS:,} constructed people")
    return f"{born_on:%Y%m%d}-{place:05d}-{serial:05d}-00"


def person(number: int, on: date, sex: str | None = None, age: tuple[int, int] = (20, 44)) -> Person:
    """The constructed person of that number, always the same; `age`: from and to, in years on a day."""
    dice = Random(f"person {number}")
    sex = sex or dice.choice(("female", "male"))
    years = dice.randint(*age)
    # 29 February is left out as the day from which years are counted back.
    latest = on.replace(year=on.year - years, day=min(on.day, 28))
    born_on = latest - timedelta(days=dice.randrange(0, 360))
    first = dice.choice(WOMEN if sex == "female" else MEN)
    return Person(f"{first} {dice.choice(FAMILIES)}", sex, born_on, national_id(born_on, number))


def people(
    numbers: Iterable[int], on: date, sex: str | None = None, age: tuple[int, int] = (20, 44)
) -> list[Person]:
    return [person(number, on, sex, age) for number in numbers]
