-- Rows of a resource, made alike: a day, a figure, and the group they belong to. {…} are put in by lib/trend.c.
WITH told AS ({rows}
), shaped AS MATERIALIZED (
    {shape}
), placed AS MATERIALIZED (
    SELECT *, api.bucket(day, {by}) AS bucket
    FROM shaped WHERE day IS NOT NULL AND fits
