"""The facts that this service publishes: its public contract. Ids, codes, figures; whole shillings."""

from loans.events.applications import (
    ApplicationApproved,
    ApplicationLapsed,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
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

__all__ = [
    "AccountBalanceRecorded",
    "ApplicationApproved",
    "ApplicationLapsed",
    "ApplicationRejected",
    "ApplicationSubmitted",
    "ApplicationWithdrawn",
    "ArrearsChanged",
    "BankStatementImported",
    "CreditRefunded",
    "DisbursementVoided",
    "FundSetAside",
    "LoanDisbursed",
    "LoanEndangered",
    "LoanOutOfDanger",
    "LoanReopened",
    "LoanRepaid",
    "LoanRescheduled",
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
