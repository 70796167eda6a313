"""Set-asides, by pot and by the quarter that they are for."""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="fund",
    reads={"loans": {"fund_set_aside": foreign.FundSetAside}},
    sql="""
contribution AS (
    SELECT a.event, a.council AS subject, 'fund_set_aside' AS indicator, a.council AS area, a."on" AS happened_on,
           pot.key AS dim1, a.fiscal_year || ' Q' || a.quarter AS dim2, '' AS dim3, pot.value::bigint AS value
    FROM arriving a CROSS JOIN LATERAL jsonb_each_text(a.pots) AS pot
)""",
)
