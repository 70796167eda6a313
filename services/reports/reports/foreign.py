"""What the figures take from the events of other services: these fields and no others; the rest is ignored.

The SQL of each definition reads an event's data as a row of its reader's fields, so this page is the whole list. A
required field that is missing parks the event; every event lands in `fact` whether a reader here knows it or not.
"""

from marshmallow import EXCLUDE

from chassis.schemas import MAX_MONEY, Reader, fields

# -- registry


class CountryDefined(Reader):
    country = fields.Code(required=True)
    time_zone = fields.Text(required=True)


class GroupRegistered(Reader):
    group = fields.Id(required=True)
    kind = fields.Code(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    registered_on = fields.Day(required=True)


class GroupVerified(Reader):
    group = fields.Id(required=True)
    kind = fields.Code(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    verified_on = fields.Day(required=True)


class OrganisationSubmitted(Reader):
    organisation = fields.Id(required=True)
    kind = fields.Code(required=True)
    level = fields.Code(required=True)
    area = fields.Id(required=True)
    submitted_on = fields.Day(required=True)


class OrganisationRegistered(Reader):
    organisation = fields.Id(required=True)
    kind = fields.Code(required=True)
    level = fields.Code(required=True)
    area = fields.Id(required=True)
    registered_on = fields.Day(required=True)


class OrganisationRefused(Reader):
    organisation = fields.Id(required=True)
    area = fields.Id(required=True)
    on = fields.Day(required=True)


class CollaboratorAppointed(Reader):
    collaborator = fields.Id(required=True)
    area = fields.Id(required=True)
    effective_on = fields.Day(required=True)


class CollaboratorExited(Reader):
    collaborator = fields.Id(required=True)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code()


# -- loans


class FundSetAside(Reader):
    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True)
    quarter = fields.Count(required=True)
    on = fields.Day(required=True)
    pots = fields.Map(fields.Code(), fields.Money(min=0), required=True)


class OpeningBalanceRecorded(Reader):
    council = fields.Id(required=True)
    on = fields.Day(required=True)
    pots = fields.Map(fields.Code(), fields.Money(min=0), required=True)


class ApplicationSubmitted(Reader):
    application = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    pot = fields.Code(required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)


class ApplicationApproved(ApplicationSubmitted):
    pass


class ApplicationRejected(Reader):
    application = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    pot = fields.Code(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code()


class ApplicationLapsed(Reader):
    """What is `released` was reserved until then."""

    application = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    pot = fields.Code(required=True)
    on = fields.Day(required=True)
    released = fields.Money(required=True, min=0)


class ApplicationWithdrawn(ApplicationLapsed):
    reason_code = fields.Code()


class LoanRepaid(Reader):
    loan = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    pot = fields.Code(required=True)
    on = fields.Day(required=True)


class LoanReopened(LoanRepaid):
    pass


class LoanDisbursed(LoanRepaid):
    application = fields.Id()
    principal = fields.Money(required=True)


class DisbursementVoided(LoanDisbursed):
    goes_to = fields.Code(required=True)


class RepaymentRecorded(LoanRepaid):
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)


class RepaymentReversed(RepaymentRecorded):
    reason_code = fields.Code()


class CreditRefunded(LoanRepaid):
    amount = fields.Money(required=True)


class RecoveryRecorded(LoanRepaid):
    amount = fields.Money(required=True)


class RecoveryReversed(RecoveryRecorded):
    pass


class ArrearsChanged(LoanRepaid):
    bucket = fields.Count(required=True)
    overdue = fields.Money(required=True, min=0)


class LoanRescheduled(LoanRepaid):
    outstanding = fields.Money(required=True)
    reason_code = fields.Code()


class LoanWrittenOff(LoanRepaid):
    amount = fields.Money(required=True)
    reason_code = fields.Code()


class LoanTransferred(LoanRepaid):
    """`council` took the loan over from the one that handed it over; the same one where only the ward changed."""

    handed_over_by = fields.Id(required=True)
    outstanding = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)


class ApplicationTransferred(Reader):
    application = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id()
    pot = fields.Code(required=True)
    on = fields.Day(required=True)
    handed_over_by = fields.Id(required=True)
    reserved = fields.Money(required=True, min=0)


class FundTransferred(Reader):
    council = fields.Id(required=True)
    handed_over_by = fields.Id(required=True)
    on = fields.Day(required=True)
    pots = fields.Map(fields.Code(), fields.Money(min=0), required=True)
    shortfalls = fields.Map(fields.Code(), fields.Money(min=0), required=True)


class RevenueReported(Reader):
    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True)
    quarter = fields.Count(required=True)
    on = fields.Day(required=True)
    expected = fields.Money(required=True, min=0)


class AccountBalanceRecorded(Reader):
    council = fields.Id(required=True)
    on = fields.Day(required=True)
    balance = fields.Money(required=True, min=0)
    difference = fields.Money(required=True, min=-MAX_MONEY)


class QuarterClosed(Reader):
    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True)
    quarter = fields.Count(required=True)
    ends = fields.Day(required=True)
    pots = fields.Items(
        fields.Nested(
            {
                "available": fields.Money(required=True, min=0),
                "reserved": fields.Money(required=True, min=0),
                "credits_held": fields.Money(required=True, min=0),
                "shortfall": fields.Money(required=True, min=0),
            },
            unknown=EXCLUDE,
        ),
        required=True,
    )


class BankStatementImported(Reader):
    council = fields.Id(required=True)
    statement = fields.Text(required=True)
    lines = fields.Count(required=True)
    unmatched = fields.Count(required=True)


class SchemeSuspended(Reader):
    area = fields.Id(required=True)
    on = fields.Day(required=True)


class SchemeResumed(SchemeSuspended):
    pass


# -- cases


class CaseOpened(Reader):
    case = fields.Id(required=True)
    category = fields.Code(required=True)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    sex = fields.Code()
    age_band = fields.Text()


class AssessmentRecorded(Reader):
    case = fields.Id(required=True)
    category = fields.Code(required=True)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    risk = fields.Code(required=True)


class CaseClosed(Reader):
    case = fields.Id(required=True)
    category = fields.Code(required=True)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    outcome = fields.Code(required=True)


class ComplaintReceived(Reader):
    complaint = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    channel = fields.Code(required=True)
    country = fields.Code(required=True)
    area = fields.Id(required=True)
    received_on = fields.Day(required=True)


class ComplaintAcknowledged(Reader):
    complaint = fields.Id(required=True)
    on = fields.Day(required=True)
    in_time = fields.Flag(required=True)


class ComplaintAnswered(Reader):
    complaint = fields.Id(required=True)
    on = fields.Day(required=True)
    in_time = fields.Flag(required=True)


class ComplaintAppealed(Reader):
    complaint = fields.Id(required=True)
    area = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    on = fields.Day(required=True)


class AppealDecided(ComplaintAppealed):
    in_time = fields.Flag(required=True)


class DeadlineBreached(Reader):
    subject_kind = fields.Code(required=True)
    subject = fields.Id(required=True)
    kind = fields.Code(required=True)
    due_at = fields.Moment(required=True)
