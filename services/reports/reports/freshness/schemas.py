"""What is answered about freshness."""

from typing import Any, ClassVar

from chassis.schemas import Schema, fields


class FreshnessIn(Schema):
    example: ClassVar[dict[str, Any]] = {}


class Source(Schema):
    """One source as far as it is taken in."""

    source = fields.Text()
    log = fields.Id()
    position = fields.Count(max=2**53)
    time = fields.Moment()  # of the last event taken in
    taken_in_at = fields.Moment()  # when that was
    age_seconds = fields.Count(
        max=10**10
    )  # since that event happened: long where little happens, or where we lag
    parked = fields.Count()  # events set aside, and in no figure until they are settled
    forked = fields.Flag()
    stopped = fields.Flag()
    example = {
        "source": "loans",
        "log": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90",
        "position": 4711,
        "time": "2026-03-02T08:15:00+00:00",
        "taken_in_at": "2026-03-02T08:15:00+00:00",
        "age_seconds": 12,
        "parked": 0,
        "forked": False,
        "stopped": False,
    }


class FreshnessOut(Schema):
    sources = fields.Items(fields.Nested(nested=Source))
    figures_version = fields.Count()
    figures_current = fields.Flag()  # made by the definitions of this code
    areas_unknown = fields.Count()  # areas that figures name and the registry has not told of
    example = {"sources": [Source.example], "figures_version": 1, "figures_current": True, "areas_unknown": 0}
