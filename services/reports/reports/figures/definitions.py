"""All families of figures."""

from reports.cases import store as cases
from reports.collaborators import store as collaborators
from reports.complaints import store as complaints
from reports.figures.definition import digest
from reports.fund import store as fund
from reports.groups import store as groups
from reports.loans import store as loans
from reports.organisations import store as organisations
from reports.oversight import store as oversight
from reports.transfers import store as transfers

DEFINITIONS = (
    fund.DEFINITION,
    loans.DEFINITION,
    loans.LIVES,
    transfers.DEFINITION,
    oversight.DEFINITION,
    groups.DEFINITION,
    organisations.DEFINITION,
    collaborators.DEFINITION,
    cases.DEFINITION,
    cases.ASSESSMENTS,
    complaints.DEFINITION,
    complaints.APPEALS,
)
DIGEST = digest(DEFINITIONS)
BY_NAME = {definition.name: definition for definition in DEFINITIONS}
