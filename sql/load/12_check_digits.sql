-- Identifiers that carry their own check: does it come out right?

-- Letters as the numbers 10 to 35, as ISO 7064, ISO 6166 and the FIGI standard have it: "US0" is 30280.
CREATE FUNCTION load.alnum_digits(code text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(CASE WHEN c ~ '[0-9]' THEN c ELSE (ascii(c) - 55)::text END, '' ORDER BY n)
      FROM regexp_split_to_table(code, '') WITH ORDINALITY t (c, n)
$$;

-- LEI: ISO 7064 MOD 97-10 over all 20 characters leaves 1 (ISO 17442-1).
CREATE FUNCTION load.lei_holds(lei text) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT load.alnum_digits(lei)::numeric % 97 = 1
$$;

-- ISIN: Luhn's sum over the digits, every second one from the right doubled, ends in 0 (ISO 6166).
CREATE FUNCTION load.isin_holds(isin text) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT sum(CASE WHEN n % 2 = 0 THEN d * 2 / 10 + d * 2 % 10 ELSE d END) % 10 = 0
      FROM (SELECT c::int AS d, n FROM regexp_split_to_table(reverse(load.alnum_digits(isin)), '') WITH ORDINALITY t (c, n)) digits
$$;

-- FIGI: the first eleven characters as numbers, every second one doubled, all their digits and the check digit sum to a multiple
-- of ten (OMG FIGI 1.0, 6.1.2).
CREATE FUNCTION load.figi_holds(figi text) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (sum(v / 10 + v % 10) + right(figi, 1)::int) % 10 = 0
      FROM (SELECT (CASE WHEN c ~ '[0-9]' THEN c::int ELSE ascii(c) - 55 END) * CASE WHEN n % 2 = 0 THEN 2 ELSE 1 END AS v
              FROM regexp_split_to_table(left(figi, 11), '') WITH ORDINALITY t (c, n)) parts
$$;

-- Does a normalised key pass the check of its scheme? Schemes without one always do.
CREATE FUNCTION load.key_holds(scheme text, norm text) RETURNS bool LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE scheme WHEN 'lei' THEN load.lei_holds(norm) WHEN 'isin' THEN load.isin_holds(norm) WHEN 'figi' THEN load.figi_holds(norm)
                       ELSE true END
$$;

CREATE FUNCTION load.check_digit_text(scheme text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('"%s" is no %s: its check digit does not come out right', value, scheme)
$$;
