-- Who serves on a day, as before; whose area it is, is judged on the day where the area lies.
DROP FUNCTION collaborators_serving(date, text[], text, text);
CREATE FUNCTION collaborators_serving(day date, areas text[], within text, in_country text, moment timestamptz)
RETURNS SETOF collaborator LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT c.* FROM :schema.collaborator c
    WHERE c.effective_on <= day AND (c.exited_on > day) IS NOT FALSE
      AND ('*' = ANY (areas) OR c.area IN (SELECT v.area FROM :schema.visible_area(areas, NULL, moment) v))
      AND (within IS NULL OR c.area IN (SELECT v.area FROM :schema.visible_area(ARRAY[within], NULL, moment) v))
      AND (in_country IS NULL OR c.country = in_country)
$$;
