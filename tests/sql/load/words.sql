-- Names, keys, slugs, dimensions, units: what is compared of what is written.
SELECT n, load.norm_name(n)
  FROM unnest(ARRAY['Google', 'GOOGLE LLC', 'Google Ventures', 'NVIDIA CORP', 'ADVANCED MICRO DEVICES, INC.', 'MICROSOFT CORP /DE/',
                    'Luby’s, Inc.', 'Luby''s', 'Apple iSports', 'Apple Inc.', 'Character.AI', 'Société Générale S.A.', 'U.S. Steel Corp.',
                    'AT&T Inc.', 'The Co', 'Co', 'Ørsted A/S', 'Möbius GmbH & Co. KG', '深度求索', E'CALERES,\u00a0INC', 'Claude 3.5', 'GPT-4']) n;
SELECT s, v, load.norm_key(s, v)
  FROM (VALUES ('cik', '0001045810'), ('cik', 'CIK0001045810'), ('cik', '0'), ('ticker', '$nvda'), ('ticker', 'NVDA@NASDAQ'), ('ticker', 'BRK.B'),
               ('domain', 'https://www.NVIDIA.com/en-us'), ('domain', 'not a domain'), ('accession', '000104581026000021'),
               ('accession', '0001045810-26-000021'), ('lei', '549300s4klftlo7gsq80'), ('wikidata', 'q182477'), ('deal', 'Not A Key'),
               ('nonesuch', 'x'), ('name', '')) t (s, v);
SELECT n, load.slug(n) FROM unnest(ARRAY['Character.AI', 'Möbius & Co', '深度求索', repeat('long ', 30)]) n;
SELECT d, load.dims(d) FROM unnest(ARRAY['', 'component=total', 'a=1;b=x%3By;c=p%3Dq;d=100%25']) d;
SELECT string_agg(c || ' ' || load.unit_kind(c), ', ')
  FROM unnest(ARRAY['USD', 'XXX', 'USD/shares', 'USD/Mtok', '1', 'percent', 'pure', 'token', 'FLOP', 'FLOP/s', 'token/day', 'Hz', 'W', 'byte', 'mm2',
                    'rank', 'shares', 'people', 'point', 'private_placement', '2 weeks']) c;
