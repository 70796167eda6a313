"""What is asked of versions, and what is answered."""

from chassis.schemas import Schema, fields


class VersionsIn(Schema):
    limit = fields.Count(min=1, max=100, load_default=10)
    example = {"limit": 10}


class VersionsOut(Schema):
    versions = fields.Anything()
    definitions = fields.Text()  # the digest of this code's definitions
    example = {
        "versions": [
            {
                "version": 2,
                "slot": "b",
                "state": "live",
                "definitions": "9f86d081",
                "began_at": "2026-03-02T08:15:00+00:00",
                "live_at": "2026-03-02T08:15:09+00:00",
                "left_out": 0,
            }
        ],
        "definitions": "9f86d081",
    }
