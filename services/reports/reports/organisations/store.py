"""Organisations by state, kind and level; a change of state moves an organisation from one figure to the other."""

from reports import foreign
from reports.figures.definition import Definition

DEFINITION = Definition(
    name="organisations",
    looks_back=True,
    reads={
        "registry": {
            "organisation_submitted": foreign.OrganisationSubmitted,
            "organisation_registered": foreign.OrganisationRegistered,
            "organisation_refused": foreign.OrganisationRefused,
        }
    },
    sql="""
told AS (
    SELECT organisation, position, event, kind, level, area, coalesce(submitted_on, registered_on, "on") AS happened_on,
           replace(type, 'organisation_', '') AS state
    FROM arriving
), touched AS (
    SELECT DISTINCT organisation FROM told
), held AS (
    SELECT known.* FROM known_organisation known JOIN touched USING (organisation) WHERE known.slot = %(slot)s
), first_told AS (
    SELECT DISTINCT ON (organisation) organisation, kind, level, area
    FROM told WHERE kind IS NOT NULL ORDER BY organisation, position
), card AS (
    -- Kind, level and place stay those it was first told with, so that what was counted in a figure leaves that figure.
    SELECT t.organisation, coalesce(h.kind, f.kind) AS kind, coalesce(h.level, f.level) AS level,
           coalesce(h.area, f.area) AS area, h.state
    FROM touched t LEFT JOIN held h USING (organisation) LEFT JOIN first_told f USING (organisation)
), change AS (
    SELECT t.organisation, t.position, t.event, t.happened_on, t.state,
           coalesce(lag(t.state) OVER (PARTITION BY t.organisation ORDER BY t.position), c.state) AS state_before,
           c.kind, c.level, c.area
    FROM told t JOIN card c USING (organisation)
), contribution AS (
    SELECT t.event, t.organisation AS subject, c.indicator, t.area, t.happened_on, c.dim1, c.dim2, c.dim3, c.value
    FROM change t
    CROSS JOIN LATERAL (VALUES
        ('organisations',                t.state,        t.kind,  t.level, 1),
        ('organisations',                t.state_before, t.kind,  t.level, -1),
        ('organisations_' || t.state,    t.kind,         t.level, '',      1)
    ) AS c (indicator, dim1, dim2, dim3, value)
    WHERE t.state IS DISTINCT FROM t.state_before AND c.dim1 IS NOT NULL
)""",
    keeps="""
    INSERT INTO known_organisation (slot, organisation, kind, level, area, state)
    SELECT DISTINCT ON (organisation) %(slot)s, organisation, kind, level, area, state
    FROM change ORDER BY organisation, position DESC
    ON CONFLICT (slot, organisation) DO UPDATE SET state = excluded.state
    WHERE known_organisation.state <> excluded.state
""",
)
