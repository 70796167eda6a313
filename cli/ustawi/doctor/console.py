"""`ustawi doctor`."""

import click
from rich.text import Text

from ustawi.columns import counted
from ustawi.doctor.examination import DISK_FREE, Examination
from ustawi.doctor.finding import Finding
from ustawi.session import WRONG, Session, operated


@click.command()
@click.option(
    "--disk-free",
    type=click.FloatRange(min=0, max=100),
    default=DISK_FREE,
    show_default=True,
    help="Percent of a disk that must be free.",
)
@operated
def doctor(session: Session, disk_free: float) -> int:
    """Find what is wrong, and tell what mends it.

    Looks at everything and changes nothing. Exit status 0 when all is well, 1 when something was found.
    """
    examination = Examination(session, disk_free=disk_free)
    examination.run()
    session.progress_ends()
    found = examination.findings
    lines: list[str | Text] = []
    for each in found:
        lines += _told(each)
    ended = counted(len(found), "finding") if found else "All is well"
    session.tell(
        {"well": not found, "checks": examination.checks, "findings": [each.as_json() for each in found]},
        lines=[*lines, f"{ended}; {examination.checks} checks of {len(session.reach.doors)} processes."],
    )
    return WRONG if found else 0


def _told(finding: Finding) -> list[str | Text]:
    return [
        Text.assemble((", ".join(finding.where), "bold red"), f"  {finding.code}"),
        f"  {finding.told}",
        f"  Mend: {finding.mend}",
        f"  Page: docs/runbooks/{finding.page}.md\n",
    ]
