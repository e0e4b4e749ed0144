-- Words and what is compared of them: names, identifiers, slugs, dimensions, units.

-- In PL/pgSQL where the body is more than an expression: a function in SQL that cannot be inlined starts the executor at every call.

-- Letters without their marks: canonical decomposition, marks dropped, and the letters Unicode does not take apart.
CREATE FUNCTION load.plain_letters(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(s) = length(s) THEN     -- ASCII is most of it
        RETURN lower(s);
    END IF;
    RETURN replace(replace(replace(replace(translate(
        regexp_replace(lower(normalize(s, NFKD)), U&'[\0300-\036F]', '', 'g'),
        'øłđðħı', 'olddhi'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
END $$;

-- Legal forms of other scripts stand before or behind the name.
CREATE FUNCTION load.without_foreign_form(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(nullif(trim(regexp_replace(s, '^(ооо|оао|зао|пао|ао|тоо) +| +(ооо|оао|зао|пао|ао|тоо)$'
                        '|^(株式会社|주식회사) *| *(株式会社|주식회사|股份有限公司|有限责任公司|股份公司|有限公司|集团公司)$', '', 'g')), ''), s);
END $$;

-- What is left of a name when case, accents, punctuation and legal forms are gone: "Luby's, Inc." is "lubys", "GOOGLE LLC /DE/"
-- is "google", "Google Ventures" is not. A name that is nothing but a legal form stays.
CREATE FUNCTION load.norm_name(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    s text := regexp_replace(load.plain_letters(name), '\s*[/\\][a-z]{2,3}[/\\]?\s*$', '');     -- EDGAR's state of incorporation
BEGIN
    s := regexp_replace(s, '\m([a-z])\.(?=[a-z]\M)', '\1', 'g');       -- s.a. -> sa, u.s. -> us
    s := regexp_replace(replace(s, '&', ' and '), U&'[''’`\02BC]', '', 'g');
    s := trim(regexp_replace(s, '[^[:alnum:]]+', ' ', 'g'));
    IF octet_length(s) <> length(s) THEN
        s := load.without_foreign_form(s);
    END IF;
    RETURN coalesce(nullif(regexp_replace(regexp_replace(s, '^the +', ''),
                        '( +(and +)?(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|llp|lp|plc|pbc|ag|sa|se|nv|bv|gmbh|kg|kgaa'
                        '|spa|srl|sarl|sas|ab|asa|as|a s|oy|oyj|pte|pty|kk))+$', ''), ''),
                    nullif(s, ''), lower(name));
END $$;

-- The form in which keys are compared and found; NULL when the value is none of its scheme.
CREATE FUNCTION load.norm_key(scheme text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN CASE scheme
        WHEN 'cik' THEN substring(value FROM '^(?:CIK)?0*([1-9][0-9]{0,9})$')
        WHEN 'accession' THEN CASE
            WHEN value ~ '^\d{10}-\d\d-\d{6}$' THEN value
            WHEN value ~ '^\d{18}$' THEN substr(value, 1, 10) || '-' || substr(value, 11, 2) || '-' || substr(value, 13) END
        WHEN 'ticker' THEN substring(upper(trim(leading '$' FROM trim(value))) FROM '^[A-Z0-9][A-Z0-9.=^-]{0,14}(?:@[A-Z0-9]+)?$')
        WHEN 'domain' THEN substring(lower(value) FROM '^(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})\.?(?:[:/].*)?$')
        WHEN 'lei' THEN substring(upper(replace(value, ' ', '')) FROM '^[A-Z0-9]{18}[0-9]{2}$')
        WHEN 'isin' THEN substring(upper(replace(value, ' ', '')) FROM '^[A-Z]{2}[A-Z0-9]{9}[0-9]$')
        WHEN 'figi' THEN substring(upper(value) FROM '^[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]$')
        WHEN 'wikidata' THEN substring(upper(value) FROM '^Q[1-9][0-9]*$')
        WHEN 'deal' THEN substring(value FROM '^[a-z0-9]+(?:-[a-z0-9]+)*$')
        WHEN 'ref' THEN nullif(value, '')
        WHEN 'slug' THEN nullif(value, '')
        WHEN 'name' THEN load.norm_name(value)
        WHEN 'alias' THEN load.norm_name(value)
        WHEN 'former-name' THEN load.norm_name(value)
        ELSE NULL
    END;
END $$;

-- "Character.AI" -> character-ai; cut at 80 letters. NULL when nothing is left.
CREATE FUNCTION load.slug(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN nullif(trim(both '-' FROM left(trim(both '-' FROM
        regexp_replace(replace(load.plain_letters(name), '''', ''), '[^a-z0-9]+', '-', 'g')), 80)), '');
END $$;

CREATE FUNCTION load.dims(canonical text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    result jsonb := '{}';
    pair text;
    halves text[];
BEGIN
    IF canonical <> '' THEN
        FOREACH pair IN ARRAY string_to_array(canonical, ';') LOOP
            halves := string_to_array(replace(pair, '%3B', ';'), '=');
            result := result || jsonb_build_object(replace(replace(halves[1], '%3D', '='), '%25', '%'),
                                                   replace(replace(halves[2], '%3D', '='), '%25', '%'));
        END LOOP;
    END IF;
    RETURN result;
END $$;

-- What kind of measure a unit is, by its spelling. Units of filings are free text, so a word is taken for things counted.
CREATE FUNCTION load.unit_kind(code text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN code ~ '^[A-Z]{3}$' THEN 'money'
        WHEN code ~ '^[A-Z]{3}/shares?$' THEN 'per-share'
        WHEN code ~ '^[A-Z]{3}/.' THEN 'price'
        WHEN code IN ('1', 'percent', 'pure', 'x', 'pp') THEN 'ratio'
        WHEN code ~ '/(s|second|minute|hour|day|week|month|quarter|year)$' OR code ~ '^[kMG]?Hz$' THEN 'rate'
        WHEN code ~ '^([kMGT]?Wh?|[kMGTP]?i?B|bytes?|bits?|[nmck]?m[23]?|[mk]?g|[mn]?s|°?C)$' THEN 'size'
        WHEN code = 'rank' THEN 'rank'
        WHEN code IN ('point', 'points', 'elo', 'score') THEN 'score'
        WHEN code = 'date' THEN 'date'
        WHEN code ~ '^[[:alpha:]][[:alpha:]_ -]*$' THEN 'count'
        ELSE 'other' END
$$;
