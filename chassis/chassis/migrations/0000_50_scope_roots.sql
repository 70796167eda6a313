-- Every question for figures asks for the roots of the area trees, of which there are as many as countries, while areas
-- are counted in ten thousands.
CREATE INDEX scope_area_roots ON scope_area (country) WHERE parent IS NULL;
