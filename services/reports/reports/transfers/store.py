"""On which day an event is booked where its loan or approval has gone from one council to another.

What a council comes to know of a loan's days before it took the loan over is booked on the day when it did, as `loans`
books it: what the other council's quarters told stays as it was told.
"""

from reports import foreign
from reports.figures.definition import Definition

MOVES = {
    "loan_transferred": foreign.LoanTransferred,
    "application_transferred": foreign.ApplicationTransferred,
}

# For definitions that read MOVES: `booked`, which is `arriving` with the day on which each event is booked.
BOOKED = """
taken_over AS (
    SELECT subject, council, since, until, max("on") OVER (PARTITION BY subject, council ORDER BY since) AS "on"
    FROM (
        SELECT subject, council, since, "on", lead(since) OVER (PARTITION BY subject, council ORDER BY since) AS until
        FROM (
            SELECT subject, council, 0::bigint AS since, "on" FROM known_move WHERE slot = %(slot)s
            UNION ALL
            SELECT coalesce(a.loan, a.application), a.council, a.position, a."on" FROM arriving a
            WHERE a.type IN ('loan_transferred', 'application_transferred') AND a.council <> a.handed_over_by
        ) AS move
    ) AS move
), booked AS (
    SELECT a.*, greatest(a."on", t."on", CASE a.type WHEN 'loan_disbursed' THEN p."on" END) AS booked_on
    FROM arriving a
    LEFT JOIN taken_over t ON t.subject = coalesce(a.loan, a.application) AND t.council = a.council
                          AND a.position > t.since AND (a.position <= t.until OR t.until IS NULL)
    LEFT JOIN taken_over p ON p.subject = a.application AND p.council = a.council AND a.type = 'loan_disbursed'
                          AND a.position > p.since AND (a.position <= p.until OR p.until IS NULL)
)"""

# Makes no figure; it comes after all that ask where things were before.
DEFINITION = Definition(
    name="moves",
    looks_back=True,
    reads={"loans": MOVES},
    sql="""
contribution AS (
    SELECT NULL::uuid AS event, NULL::uuid AS subject, '' AS indicator, NULL::uuid AS area, NULL::date AS happened_on,
           '' AS dim1, '' AS dim2, '' AS dim3, 0::bigint AS value
    WHERE false
)""",
    keeps="""
    INSERT INTO known_move (slot, subject, council, "on")
    SELECT %(slot)s, coalesce(a.loan, a.application), a.council, max(a."on") FROM arriving a
    WHERE a.council <> a.handed_over_by GROUP BY 2, 3 ORDER BY 2, 3
    ON CONFLICT (slot, subject, council) DO UPDATE SET "on" = greatest(known_move."on", excluded."on")
""",
)
