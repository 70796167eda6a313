-- Whose area it is depends on the day where the area lies, not on the day in the time zone of the database; and what
-- belonged to an area that was abolished is seen by those who see its successors.

-- Which areas took over from one that was abolished, and from which day on.
CREATE TABLE scope_succession (
    area      uuid NOT NULL,
    successor uuid NOT NULL,
    "on"      date NOT NULL,
    PRIMARY KEY (area, successor),
    CHECK (area <> successor)
);
-- The same through any number of steps: who asks does not have to follow them.
CREATE TABLE scope_predecessor (
    successor uuid NOT NULL,
    area      uuid NOT NULL,
    "on"      date NOT NULL,
    PRIMARY KEY (successor, area)
);

-- The version of each area that answers on a day: on the one asked for, or else on the day that it is at a moment in
-- the area's own country (in UTC while the country is not known here). No SET clause, here and below: it would keep
-- the functions from being inlined.
CREATE FUNCTION area_answering(as_of date DEFAULT NULL, moment timestamptz DEFAULT now()) RETURNS SETOF scope_area
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT a.* FROM :schema.scope_area a LEFT JOIN :schema.scope_country c ON c.country = a.country
    WHERE a.answers_from <= coalesce(as_of, (moment AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date)
      AND coalesce(as_of, (moment AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date) < a.answers_to
$$;

-- The areas that a caller with these areas may see: those, all below them, and what was abolished in favour of any of
-- them; '*' is all. Two branches, because the planner leaves out the one whose condition is false.
DROP FUNCTION visible_area(text[], date);
CREATE FUNCTION visible_area(areas text[], as_of date DEFAULT NULL, moment timestamptz DEFAULT now())
RETURNS TABLE (area uuid) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT a.area FROM :schema.area_answering(as_of, moment) a
    WHERE '*' <> ALL (areas)
      AND a.path && (array_remove(areas, '*')::uuid[] || ARRAY(
          SELECT gone.area
          FROM :schema.scope_predecessor gone
          JOIN :schema.area_answering(as_of, moment) heir ON heir.area = gone.successor
          LEFT JOIN :schema.scope_country c ON c.country = heir.country
          WHERE heir.path && array_remove(areas, '*')::uuid[]
            AND gone."on" <= coalesce(as_of, (moment AT TIME ZONE coalesce(c.time_zone, 'UTC'))::date)))
    UNION ALL
    SELECT a.area FROM :schema.area_answering(as_of, moment) a WHERE '*' = ANY (areas)
$$;
