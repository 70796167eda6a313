"""What is asked of figures, and what is answered."""

from typing import Any, ClassVar

from chassis.schemas import Schema, fields

_AREA = "018f4c3e-0000-7000-8000-000000000001"
_EVENT = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90"
_DATA_AS_OF = [{"source": "loans", "log": _LOG, "position": 4711, "time": "2026-03-02T08:15:00+00:00"}]


class Position(Schema):
    """How far a source is in what is told."""

    source = fields.Text()
    log = fields.Id()
    position = fields.Count(max=2**53)
    time = fields.Moment()  # of the last event taken in
    example = _DATA_AS_OF[0]


class PeriodIn(Schema):
    """A fiscal year (and quarter), or days, or everything up to a day: one of them."""

    area = fields.Id()
    country = fields.Code(min=2, max=2)
    fiscal_year = fields.Text(max=7)
    quarter = fields.Count(min=1, max=4)
    from_on = fields.Day()
    to_on = fields.Day()
    as_of = fields.Day()
    example = {"area": _AREA, "fiscal_year": "2025/26", "quarter": 1}


class IndicatorIn(PeriodIn):
    name = fields.Code(required=True)
    by = fields.Items(fields.Code(), max=5)
    level = fields.Code()
    example = {
        "name": "loans_disbursed_amount",
        "area": _AREA,
        "fiscal_year": "2025/26",
        "by": ["area", "pot"],
    }


class IndicatorOut(Schema):
    name = fields.Code()
    kind = fields.Choice(["flow", "stock"])
    unit = fields.Choice(["count", "money"])
    currency = fields.Code()
    country = fields.Code()
    area = fields.Id()
    first_on = fields.Day()  # null where everything up to `last_on` counts
    last_on = fields.Day()
    by = fields.Items(fields.Code())
    cells = (
        fields.Anything()
    )  # [{area, quarter and dimensions as asked, value}]; a value of null is not published
    total = fields.Anything()
    suppressed = fields.Flag()
    definition = fields.Anything()  # {language: text}
    figures_version = fields.Count()
    data_as_of = fields.Items(fields.Nested(nested=Position))
    example = {
        "name": "loans_disbursed_amount",
        "kind": "flow",
        "unit": "money",
        "currency": "TZS",
        "country": "TZ",
        "area": _AREA,
        "first_on": "2025-07-01",
        "last_on": "2026-06-30",
        "by": ["area", "pot"],
        "cells": [{"area": _AREA, "pot": "youth", "value": 12_000_000}],
        "total": 12_000_000,
        "suppressed": False,
        "definition": {"en": "Principal paid out to groups in the period."},
        "figures_version": 1,
        "data_as_of": _DATA_AS_OF,
    }


class IndicatorsIn(Schema):
    example: ClassVar[dict[str, Any]] = {}


class IndicatorsOut(Schema):
    indicators = fields.Anything()
    example = {
        "indicators": [
            {
                "name": "collaborators",
                "kind": "stock",
                "unit": "count",
                "dimensions": [],
                "people": False,
                "titles": {"en": "Collaborators serving"},
                "definitions": {"en": "Collaborators appointed and not gone, at the end of the day."},
            }
        ]
    }
