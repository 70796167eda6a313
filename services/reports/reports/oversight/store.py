"""What councils, banks and the minister said last: each holds from the day that it is about until the next one.

The difference between the special account and the books is money kept elsewhere, or booked and not there; what was
expected beside what was set aside tells who owes its tenth.
"""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="oversight",
    looks_back=True,
    reads={
        "loans": {
            "revenue_reported": foreign.RevenueReported,
            "account_balance_recorded": foreign.AccountBalanceRecorded,
            "quarter_closed": foreign.QuarterClosed,
            "bank_statement_imported": foreign.BankStatementImported,
            "scheme_suspended": foreign.SchemeSuspended,
            "scheme_resumed": foreign.SchemeResumed,
        }
    },
    # Of two things said of one day the later one holds. A statement names no day: it holds from when it came in.
    sql="""
said AS (
    SELECT a.event, a.position, k.kind, coalesce(a.council, a.area) AS area, k.thing,
           coalesce(k.told_on, a."on") AS told_on, k.amounts
    FROM arriving a
    CROSS JOIN LATERAL (VALUES
        ('revenue_reported',         'revenue',   a.fiscal_year || ' Q' || a.quarter, NULL::date, ARRAY[a.expected]),
        ('account_balance_recorded', 'account',   '', NULL,  ARRAY[a.balance, a.difference]),
        ('quarter_closed',           'books',     a.fiscal_year || ' Q' || a.quarter, a.ends,
            ARRAY[1, (SELECT sum((pot ->> 'available')::bigint + (pot ->> 'reserved')::bigint
                                 + (pot ->> 'credits_held')::bigint - (pot ->> 'shortfall')::bigint)
                      FROM jsonb_array_elements(a.pots) AS pot)::bigint]),
        ('bank_statement_imported',  'statement', a.statement, a.recorded_on, ARRAY[a.lines, a.unmatched]),
        ('scheme_suspended',         'scheme',    '', NULL, ARRAY[1::bigint]),
        ('scheme_resumed',           'scheme',    '', NULL, ARRAY[0::bigint])
    ) AS k (type, kind, thing, told_on, amounts)
    WHERE k.type = a.type
), last AS (
    SELECT DISTINCT ON (kind, area, thing, told_on) * FROM said ORDER BY kind, area, thing, told_on, position DESC
), touched AS (
    SELECT DISTINCT kind, area, thing FROM said
), held AS (
    SELECT known.* FROM known_told known JOIN touched USING (kind, area, thing) WHERE known.slot = %(slot)s
), become AS (
    SELECT kind, area, thing, told_on, amounts, event FROM last
    UNION ALL
    SELECT h.kind, h.area, h.thing, h.told_on, h.amounts, NULL FROM held h
    WHERE NOT EXISTS (SELECT FROM last l
                      WHERE (l.kind, l.area, l.thing, l.told_on) = (h.kind, h.area, h.thing, h.told_on))
), step AS (
    SELECT 1 AS sign, kind, area, thing, told_on, event,
           coalesce(amounts[1], 0) - coalesce(lag(amounts[1]) OVER holds, 0) AS first,
           coalesce(amounts[2], 0) - coalesce(lag(amounts[2]) OVER holds, 0) AS second
    FROM become WINDOW holds AS (PARTITION BY kind, area, thing ORDER BY told_on)
    UNION ALL
    SELECT -1, kind, area, thing, told_on, NULL,
           coalesce(amounts[1], 0) - coalesce(lag(amounts[1]) OVER holds, 0),
           coalesce(amounts[2], 0) - coalesce(lag(amounts[2]) OVER holds, 0)
    FROM held WINDOW holds AS (PARTITION BY kind, area, thing ORDER BY told_on)
), contribution AS (
    SELECT s.event, s.area AS subject, c.indicator, s.area, s.told_on AS happened_on, c.dim1, '' AS dim2, '' AS dim3,
           s.sign * c.value AS value
    FROM step s
    CROSS JOIN LATERAL (VALUES
        ('revenue',   'fund_expected',        s.thing, s.first),
        ('account',   'account_balance',      '',      s.first),
        ('account',   'account_difference',   '',      s.second),
        ('books',     'quarters_closed',      s.thing, s.first),
        ('books',     'fund_closed',          s.thing, s.second),
        ('statement', 'bank_lines',           '',      s.first),
        ('statement', 'bank_lines_unmatched', '',      s.second),
        ('scheme',    'scheme_suspended',     '',      s.first)
    ) AS c (kind, indicator, dim1, value)
    WHERE c.kind = s.kind
)""",
    keeps="""
    INSERT INTO known_told (slot, kind, area, thing, told_on, amounts)
    SELECT %(slot)s, kind, area, thing, told_on, amounts FROM last ORDER BY 2, 3, 4, 5
    ON CONFLICT (slot, kind, area, thing, told_on) DO UPDATE SET amounts = excluded.amounts
""",
)
