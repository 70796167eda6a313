"""What the chapters share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.errors import ChassisError, NotFound, Refused
from ustawi.demo.files import DataFiles
from ustawi.demo.office import Office
from ustawi.demo.telling import Teller

RUKWA = "TZ-20"
NKASI = "TZ-20.nkasi-dc"
SUMBAWANGA_TOWN = "TZ-20.sumbawanga-mc"
SUMBAWANGA = "TZ-20.sumbawanga-dc"
KALAMBO = "TZ-20.kalambo-dc"
KILINDI = "TZ-25.kilindi-dc"
ILALA = "TZ-02.ilala-mc"
NINH_THUAN = "VN-58"
JAYAPURA = "ID-91.71"

COUNCILS = {
    NKASI: "Nkasi DC",
    SUMBAWANGA_TOWN: "Sumbawanga MC",
    SUMBAWANGA: "Sumbawanga DC",
    KALAMBO: "Kalambo DC",
    KILINDI: "Kilindi DC",
}
RUKWA_COUNCILS = (KALAMBO, NKASI, SUMBAWANGA, SUMBAWANGA_TOWN)

POTS = ("women", "youth", "pwd")
FISCAL_YEAR = "2025/26"
YEAR_BEGINS, YEAR_ENDS = "2025-07-01", "2026-06-30"
QUARTER_BEGINS = ("2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01")
QUARTER_ENDS = ("2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30")


@dataclass
class Stage:
    """The office that acts, the teller who tells of it, and the data files that it reads."""

    office: Office
    tell: Teller
    files: DataFiles
    groups: dict[str, "KnownGroup"] = field(default_factory=dict)  # by the group's own name
    loans: dict[str, "ExpectedLoan"] = field(default_factory=dict)  # by the loan's id
    forbidden: dict[str, bool] = field(default_factory=dict)  # what must be refused, and whether it was

    @contextmanager
    def refusal(
        self, what: str, *codes: str, explain: Callable[[ChassisError], str] = lambda error: error.message
    ) -> Iterator[None]:
        """Do something that the law forbids: the service refuses it for one of these reasons, and that is told."""
        self.forbidden[what] = False
        try:
            yield
        except (Refused, NotFound) as error:
            self.forbidden[what] = error.code in codes
            self.tell.refused(what, error.code, explain(error))
        else:
            self.tell.say(f"NOT refused, and it should have been: {what}")


@dataclass(frozen=True)
class KnownGroup:
    """A group of the story, once it is registered."""

    group: str
    reference: str
    members: list[str]


@dataclass
class ExpectedLoan:
    """What the story knows of a loan that it paid out: money in whole shillings."""

    reference: str
    principal: int
    paid: int = 0

    @property
    def outstanding(self) -> int:
        return max(0, self.principal - self.paid)
