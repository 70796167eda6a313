"""Cases by category; a case leaves the figure of open cases where it entered it."""

from reports import foreign
from reports.figures.definition import Definition

ASSESSMENTS = Definition(
    name="assessments",
    reads={"cases": {"assessment_recorded": foreign.AssessmentRecorded}},
    sql="""
contribution AS (
    SELECT event, "case" AS subject, 'cases_assessed' AS indicator, area, "on" AS happened_on,
           category AS dim1, risk AS dim2, '' AS dim3, 1 AS value
    FROM arriving
)""",
)

DEFINITION = Definition(
    name="cases",
    looks_back=True,
    reads={"cases": {"case_opened": foreign.CaseOpened, "case_closed": foreign.CaseClosed}},
    sql="""
opened AS (
    SELECT DISTINCT ON ("case") * FROM arriving WHERE type = 'case_opened' ORDER BY "case", position
), closed AS (
    SELECT DISTINCT ON ("case") * FROM arriving WHERE type = 'case_closed' ORDER BY "case", position
), touched AS (
    SELECT DISTINCT "case" FROM arriving
), held AS (
    SELECT known.* FROM known_case known JOIN touched USING ("case") WHERE known.slot = %(slot)s
), become AS (
    SELECT t."case", coalesce(h.category, o.category) AS category, coalesce(h.sex, o.sex, 'unknown') AS sex,
           coalesce(h.age_band, o.age_band, 'unknown') AS age_band, coalesce(h.area, o.area) AS area,
           coalesce(h.opened_on, o."on") AS opened_on, o.event AS opened_event,
           coalesce(h.closed_on, c."on") AS closed_on, coalesce(h.outcome, c.outcome) AS outcome,
           c.event AS closed_event
    FROM touched t
    LEFT JOIN held h USING ("case")
    LEFT JOIN opened o USING ("case")
    LEFT JOIN closed c USING ("case")
), told AS (
    SELECT 1 AS sign, "case", category, sex, age_band, area, opened_on, opened_event, closed_on, outcome, closed_event
    FROM become
    UNION ALL
    SELECT -1, "case", category, sex, age_band, area, opened_on, NULL, closed_on, outcome, NULL FROM held
), contribution AS (
    SELECT c.event, t."case" AS subject, c.indicator, t.area, c.happened_on, t.category AS dim1, c.dim2, c.dim3,
           t.sign * c.value AS value
    FROM told t
    CROSS JOIN LATERAL (VALUES
        ('cases_opened', t.opened_on, t.sex,     t.age_band, 1,  t.opened_event),
        ('cases_open',   t.opened_on, '',        '',         1,  t.opened_event),
        ('cases_open',   t.closed_on, '',        '',         -1, t.closed_event),
        ('cases_closed', t.closed_on, t.outcome, '',         1,  t.closed_event)
    ) AS c (indicator, happened_on, dim2, dim3, value, event)
    WHERE c.happened_on IS NOT NULL
)""",
    keeps="""
    INSERT INTO known_case (slot, "case", category, sex, age_band, area, opened_on, closed_on, outcome)
    SELECT %(slot)s, "case", category, sex, age_band, area, opened_on, closed_on, outcome FROM become ORDER BY "case"
    ON CONFLICT (slot, "case") DO UPDATE SET closed_on = excluded.closed_on, outcome = excluded.outcome
    WHERE known_case.closed_on IS DISTINCT FROM excluded.closed_on
""",
)
