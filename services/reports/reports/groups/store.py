"""Groups registered and verified, by kind, where they are."""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="groups",
    looks_back=True,
    reads={
        "registry": {"group_registered": foreign.GroupRegistered, "group_verified": foreign.GroupVerified}
    },
    # A group counts once, however often it is verified.
    sql="""
registered AS (
    SELECT DISTINCT ON ("group") * FROM arriving WHERE type = 'group_registered' ORDER BY "group", position
), verified AS (
    SELECT DISTINCT ON ("group") * FROM arriving WHERE type = 'group_verified' ORDER BY "group", position
), touched AS (
    SELECT DISTINCT "group" FROM arriving
), held AS (
    SELECT known.* FROM known_group known JOIN touched USING ("group") WHERE known.slot = %(slot)s
), become AS (
    SELECT t."group", coalesce(h.kind, r.kind, v.kind) AS kind,
           coalesce(h.area, r.ward, r.council, v.ward, v.council) AS area,
           coalesce(h.registered_on, r.registered_on) AS registered_on, r.event AS registered_event,
           coalesce(h.verified_on, v.verified_on) AS verified_on, v.event AS verified_event
    FROM touched t
    LEFT JOIN held h USING ("group")
    LEFT JOIN registered r USING ("group")
    LEFT JOIN verified v USING ("group")
), told AS (
    SELECT 1 AS sign, "group", kind, area, registered_on, registered_event, verified_on, verified_event FROM become
    UNION ALL
    SELECT -1, "group", kind, area, registered_on, NULL, verified_on, NULL FROM held
), contribution AS (
    SELECT c.event, t."group" AS subject, c.indicator, t.area, c.happened_on, t.kind AS dim1, '' AS dim2, '' AS dim3,
           t.sign AS value
    FROM told t
    CROSS JOIN LATERAL (VALUES
        ('groups_registered', t.registered_on, t.registered_event),
        ('groups_verified',   t.verified_on,   t.verified_event)
    ) AS c (indicator, happened_on, event)
    WHERE c.happened_on IS NOT NULL
)""",
    keeps="""
    INSERT INTO known_group (slot, "group", kind, area, registered_on, verified_on)
    SELECT %(slot)s, "group", kind, area, registered_on, verified_on FROM become ORDER BY "group"
    ON CONFLICT (slot, "group") DO UPDATE
    SET registered_on = excluded.registered_on, verified_on = excluded.verified_on
""",
)
