-- Every sum asks which boundaries hold at the end of a period: the last day up to then on which an area began to answer.
CREATE INDEX scope_area_answers_from ON scope_area (answers_from);
