"""What closing a quarter takes and gives."""

from chassis.schemas import Schema, fields
from loans.fund.schemas import PotPosition

_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"


class CloseQuarterIn(Schema):
    """The quarter whose books are closed: with it, all earlier ones."""

    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True, min=4, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    example = {"council": _COUNCIL, "fiscal_year": "2025/26", "quarter": 1}


class CloseQuarterOut(Schema):
    """The pots as they stood at the end of the quarter's last day: from now on, for good."""

    council = fields.Id()
    ends = fields.Day()
    pots = fields.Items(fields.Nested(PotPosition), max=3)
    example = {"council": _COUNCIL, "ends": "2025-09-30", "pots": [PotPosition.example]}
