"""The facts that this service publishes: its public contract. Ids, codes, figures; whole shillings."""

from loans.events.applications import (
    ApplicationApproved,
    ApplicationAssessed,
    ApplicationLapsed,
    ApplicationRecommended,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    ContractSigned,
)
from loans.events.clocks import DeadlineBreached, DeadlineWarned
from loans.events.fund import (
    AccountBalanceRecorded,
    BankStatementImported,
    FundSetAside,
    OpeningBalanceRecorded,
    QuarterClosed,
    RevenueReported,
)
from loans.events.lending import (
    ArrearsChanged,
    DisbursementVoided,
    LoanDisbursed,
    LoanEndangered,
    LoanOutOfDanger,
    LoanRescheduled,
    LoanWrittenOff,
    RecoveryRecorded,
    RecoveryReversed,
)
from loans.events.repayments import (
    CreditRefunded,
    LoanReopened,
    LoanRepaid,
    RepaymentRecorded,
    RepaymentReversed,
)
from loans.events.scheme import (
    ProductDefined,
    SchemeResumed,
    SchemeSuspended,
    WindowClosed,
    WindowOpened,
)
from loans.events.transfers import ApplicationTransferred, FundTransferred, LoanTransferred

__all__ = [
    "AccountBalanceRecorded",
    "ApplicationApproved",
    "ApplicationAssessed",
    "ApplicationLapsed",
    "ApplicationRecommended",
    "ApplicationRejected",
    "ApplicationSubmitted",
    "ApplicationTransferred",
    "ApplicationWithdrawn",
    "ArrearsChanged",
    "BankStatementImported",
    "ContractSigned",
    "CreditRefunded",
    "DeadlineBreached",
    "DeadlineWarned",
    "DisbursementVoided",
    "FundSetAside",
    "FundTransferred",
    "LoanDisbursed",
    "LoanEndangered",
    "LoanOutOfDanger",
    "LoanReopened",
    "LoanRepaid",
    "LoanRescheduled",
    "LoanTransferred",
    "LoanWrittenOff",
    "OpeningBalanceRecorded",
    "ProductDefined",
    "QuarterClosed",
    "RecoveryRecorded",
    "RecoveryReversed",
    "RepaymentRecorded",
    "RepaymentReversed",
    "RevenueReported",
    "SchemeResumed",
    "SchemeSuspended",
    "WindowClosed",
    "WindowOpened",
]
