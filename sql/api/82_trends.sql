-- What trends need besides the views: buckets of time, exact measures, short quotients. sql/query/trend*.sql are made of these.

CREATE FUNCTION api.bucket_step(by text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE by WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END
$$;
CREATE FUNCTION api.bucket(day date, by text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_trunc(by, day::timestamp)::date
$$;
-- As people write it: 2024-08, 2024-Q3, 2024.
CREATE FUNCTION api.bucket_text(bucket date, by text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.date_text(bucket, left(by, 1)::"char")
$$;
-- Whether a day known so exactly lies in one bucket for sure: what is known to the year is of no month.
CREATE FUNCTION api.bucket_fits(prec text, by text) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['day', 'month', 'quarter', 'half', 'year'], prec)
           <= array_position(ARRAY['day', 'month', 'quarter', 'half', 'year'], by)
$$;
-- Computed figures are shown to nine significant digits, never less than whole ones; exact ones stay as they are.
CREATE FUNCTION api.short(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x IN ('NaN', 'infinity', '-infinity') THEN NULL WHEN x = 0 THEN 0
                ELSE trim_scale(round(x, greatest(0, 8 - floor(log(abs(x)))::int))) END
$$;
CREATE FUNCTION api.quotient(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.short(a / nullif(b, 0))
$$;
-- Growth over so many years at one rate, in percent; nothing between figures that are not both above zero.
CREATE FUNCTION api.growth_rate(first numeric, last numeric, years numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN first > 0 AND last > 0 AND years > 0 THEN api.short(100 * (power(last / first, 1 / years) - 1)) END
$$;
