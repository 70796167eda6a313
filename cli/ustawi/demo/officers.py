"""The officers who act in the story; makers and checkers are different people, as the services demand."""

from dataclasses import dataclass

EVERYWHERE = ("*",)


@dataclass(frozen=True)
class Officer:
    """One person at work: an opaque subject, the roles of their token, and the areas (codes) of its scope."""

    subject: str
    roles: tuple[str, ...]
    areas: tuple[str, ...] = EVERYWHERE


REGISTRAR = Officer("demo.registrar", ("registrar",))
AUDITOR = Officer("demo.auditor", ("auditor",))
OPERATIONS = Officer("demo.operations", ("operations",))


def ward_officer(ward: str) -> Officer:
    """Who registers groups and takes applications in at the ward."""
    return Officer(f"demo.weo.{ward}", ("ward_officer",), (ward,))


def ward_committee(ward: str) -> Officer:
    """Who keeps the minutes of the ward's committee, and gives its word on an application."""
    return Officer(f"demo.kmk.{ward}", ("ward_officer",), (ward,))


def technical_officer(council: str) -> Officer:
    """Who visits the groups for the council's technical committee."""
    return Officer(f"demo.technical.{council}", ("council_officer",), (council,))


def legal_officer(council: str) -> Officer:
    """Who has the contracts signed."""
    return Officer(f"demo.legal.{council}", ("council_officer",), (council,))


def council_officer(council: str) -> Officer:
    """Who sees the groups and verifies them."""
    return Officer(f"demo.cdo.{council}", ("council_officer",), (council,))


def council_director(council: str) -> Officer:
    """Who decides on applications."""
    return Officer(f"demo.director.{council}", ("council_director",), (council,))


def finance_officer(council: str) -> Officer:
    """Who keeps the special account: sets aside, pays out, takes repayments in."""
    return Officer(f"demo.treasurer.{council}", ("finance_officer",), (council,))


def region_officer(area: str) -> Officer:
    """Who reads for a whole region or province, and issues its decisions."""
    return Officer(f"demo.region.{area}", ("region_officer",), (area,))


def case_worker(area: str, number: int = 1) -> Officer:
    """Who looks after the people of an area."""
    return Officer(f"demo.worker{number}.{area}", ("case_worker",), (area,))


def supervisor(area: str) -> Officer:
    """Who answers for the case workers of an area."""
    return Officer(f"demo.supervisor.{area}", ("supervisor",), (area,))


def complaints_officer(area: str, number: int = 1) -> Officer:
    """Who takes complaints and answers them; an appeal is another officer's."""
    return Officer(f"demo.complaints{number}.{area}", ("complaints_officer",), (area,))
