"""The roster of collaborators as of any date, and those who came and went."""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="collaborators",
    looks_back=True,
    reads={
        "registry": {
            "collaborator_appointed": foreign.CollaboratorAppointed,
            "collaborator_exited": foreign.CollaboratorExited,
        }
    },
    # Who is appointed while serving, or leaves while gone, changes no figure.
    sql="""
told AS (
    SELECT collaborator, position, event, area, coalesce(effective_on, "on") AS happened_on,
           coalesce(reason_code, '') AS reason, type = 'collaborator_appointed' AS serving
    FROM arriving
), touched AS (
    SELECT DISTINCT collaborator FROM told
), held AS (
    SELECT known.* FROM known_collaborator known JOIN touched USING (collaborator) WHERE known.slot = %(slot)s
), change AS (
    SELECT t.collaborator, t.position, t.event, t.happened_on, t.reason, t.serving, t.area,
           coalesce(lag(t.serving) OVER told_before, h.serving, false) AS serving_before,
           coalesce(lag(t.area) OVER told_before, h.area, t.area) AS area_before
    FROM told t LEFT JOIN held h USING (collaborator)
    WINDOW told_before AS (PARTITION BY t.collaborator ORDER BY t.position)
), contribution AS (
    SELECT t.event, t.collaborator AS subject, c.indicator, c.area, t.happened_on, c.dim1, '' AS dim2, '' AS dim3,
           c.value
    FROM change t
    CROSS JOIN LATERAL (VALUES
        (true,  'collaborators',           t.area,        '',       1),
        (true,  'collaborators_appointed', t.area,        '',       1),
        (false, 'collaborators',           t.area_before, '',       -1),
        (false, 'collaborators_exited',    t.area_before, t.reason, 1)
    ) AS c (serving, indicator, area, dim1, value)
    WHERE c.serving = t.serving AND t.serving <> t.serving_before
)""",
    keeps="""
    INSERT INTO known_collaborator (slot, collaborator, area, serving)
    SELECT DISTINCT ON (collaborator) %(slot)s, collaborator, area, serving
    FROM change ORDER BY collaborator, position DESC
    ON CONFLICT (slot, collaborator) DO UPDATE SET area = excluded.area, serving = excluded.serving
""",
)
