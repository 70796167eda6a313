"""What every fact about one group's application or loan tells: whose it is, where, and of which pot."""

from chassis.schemas import Event, fields
from loans.fund.model import POTS


class OfGroup(Event):
    """Not published by itself; each fact that is adds what it tells."""

    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
