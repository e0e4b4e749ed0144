#!/bin/bash
# Canonical metrics: concepts that change, quarters and twelve months that no row gives, and what the public could know when.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate

sql '' >/dev/null -f - <<'SQL'
INSERT INTO store.publisher (slug, name, tier, batch) VALUES ('sec', 'SEC', 'regulator', 1), ('gazette', 'Gazette', 'press', 1);
INSERT INTO store.entity (kind, slug, name, batch) VALUES ('company', 'kestrel', 'Kestrel Chips', 1), ('company', 'heron', 'Heron AI', 1);
INSERT INTO store.unit (code, kind) VALUES ('USD', 'money'), ('USD/shares', 'per-share'), ('shares', 'count');
INSERT INTO store.metric (taxonomy, name, label, kind, batch) VALUES
    ('aimarket', 'revenue', 'Revenue', 'flow', 1), ('aimarket', 'capex', 'Capital expenditure', 'flow', 1), ('aimarket', 'eps_diluted', 'EPS', 'ratio', 1),
    ('aimarket', 'cash', 'Cash', 'stock', 1), ('us-gaap', 'Revenues', NULL, 'other', 1),
    ('us-gaap', 'RevenueFromContractWithCustomerExcludingAssessedTax', NULL, 'other', 1), ('us-gaap', 'SalesRevenueNet', NULL, 'other', 1),
    ('us-gaap', 'PaymentsToAcquirePropertyPlantAndEquipment', NULL, 'other', 1), ('us-gaap', 'EarningsPerShareDiluted', NULL, 'other', 1),
    ('us-gaap', 'CashAndCashEquivalentsAtCarryingValue', NULL, 'other', 1);

-- One claim, and the series and source it needs.
CREATE FUNCTION pg_temp.claim(who text, what text, first date, last date, figure numeric, said date, digits int = -6, by text = 'sec', code text = 'USD')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    source_id int;
    series_id int;
    m int := (SELECT id FROM store.metric WHERE taxonomy || ':' || name IN (what, 'aimarket:' || what));
    s int := (SELECT id FROM store.entity WHERE slug = who);
BEGIN
    INSERT INTO store.source (publisher, ref, kind, title, said_on, tier, batch)
        SELECT id, by || said, 'filing', 'of ' || said, said, tier, 1 FROM store.publisher WHERE slug = by ON CONFLICT DO NOTHING;
    SELECT w.id INTO source_id FROM store.source w WHERE w.ref = by || said;
    INSERT INTO store.series (subject, metric, unit, period_kind, batch)
        SELECT s, m, u.id, CASE WHEN first = last THEN 'i' ELSE 'd' END::"char", 1 FROM store.unit u WHERE u.code = claim.code ON CONFLICT DO NOTHING;
    SELECT r.id INTO series_id FROM store.series r JOIN store.unit u ON u.id = r.unit WHERE r.subject = s AND r.metric = m AND u.code = claim.code;
    INSERT INTO store.observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, decimals, tier, prec,
                                   comparator, state, nature, value)
        SELECT (SELECT count(*) + 1 FROM store.observation), s, series_id, first, last, said, source_id, 1, 0, 1, digits, t.rank, 'd', '=', 'v', 'r', figure
        FROM store.source w JOIN store.tier t ON t.tier = w.tier WHERE w.id = source_id;
END $$;

-- A year of 52 weeks, the next of 53; the fourth quarters are tagged by nobody.
SELECT pg_temp.claim('kestrel', 'us-gaap:Revenues', d.first, d.last, d.figure * 1000000, d.said) FROM (VALUES
    (date '2023-01-30', date '2023-04-30', 100, date '2023-05-20'),
    ('2023-01-30', '2023-07-30', 220, '2023-08-20'), ('2023-05-01', '2023-07-30', 120, '2023-08-20'),
    ('2023-01-30', '2023-10-29', 350, '2023-11-20'), ('2023-07-31', '2023-10-29', 130, '2023-11-20'),
    ('2023-01-30', '2024-01-28', 500, '2024-02-20'),
    ('2024-01-29', '2024-04-28', 160, '2024-05-20'),
    ('2024-01-29', '2024-07-28', 330, '2024-08-20'), ('2024-04-29', '2024-07-28', 170, '2024-08-20'),
    ('2024-01-29', '2024-10-27', 510, '2024-11-20'), ('2024-07-29', '2024-10-27', 180, '2024-11-20'),
    ('2024-01-29', '2025-02-02', 710, '2025-02-20'),
    ('2023-01-30', '2024-01-28', 495, '2025-02-20')) d(first, last, figure, said);      -- restated a year later
-- Before, another concept; and for one year both.
SELECT pg_temp.claim('kestrel', 'us-gaap:SalesRevenueNet', '2022-01-31', '2023-01-29', 400000000, '2023-02-20');
SELECT pg_temp.claim('kestrel', 'us-gaap:SalesRevenueNet', '2023-01-30', '2024-01-28', 480000000, '2024-02-20');
-- The press speaks of the same year, of another it alone knows, and of a quarter that can be computed.
SELECT pg_temp.claim('kestrel', 'revenue', '2024-01-29', '2025-02-02', 700000000, '2025-02-19', -8, 'gazette');
SELECT pg_temp.claim('kestrel', 'revenue', '2021-02-01', '2022-01-30', 300000000, '2022-02-19', -8, 'gazette');
-- Cash flows are given since the start of the year only.
SELECT pg_temp.claim('kestrel', 'us-gaap:PaymentsToAcquirePropertyPlantAndEquipment', d.first, d.last, d.figure, '2024-02-20') FROM (VALUES
    (date '2023-01-30', date '2023-04-30', 10), ('2023-01-30', '2023-07-30', 25), ('2023-01-30', '2023-10-29', 45), ('2023-01-30', '2024-01-28', 70)) d(first, last, figure);
-- No sum makes sense of these.
SELECT pg_temp.claim('kestrel', 'us-gaap:EarningsPerShareDiluted', d.first, d.last, d.figure, '2024-02-20', 2, 'sec', 'USD/shares') FROM (VALUES
    (date '2023-01-30', date '2023-10-29', 0.75), ('2023-01-30', '2024-01-28', 1.00)) d(first, last, figure);
SELECT pg_temp.claim('kestrel', 'us-gaap:CashAndCashEquivalentsAtCarryingValue', '2024-01-28', '2024-01-28', 90000000, '2024-02-20');
INSERT INTO store.fact SELECT * FROM api.facts_asof(NULL, NULL);
SQL

figures() { # METRIC PERIOD [AS OF]
	sql "SELECT period_start, period_end, value, nature, formula FROM api.canonical${3:+_asof('$3', NULL)} WHERE subject = 'kestrel' AND metric = '$1' AND period = '$2' ORDER BY 2"
}

is "years under changing concepts, the better concept where both stand, restated, and one the press alone knows" "$(figures revenue annual)" \
"2021-02-01|2022-01-30|300000000|reported|
2022-01-31|2023-01-29|400000000|reported|
2023-01-30|2024-01-28|495000000|reported|
2024-01-29|2025-02-02|710000000|reported|"
is "a fourth quarter that no row gives, of 13 weeks and of 14" "$(figures revenue quarter)" \
"2023-01-30|2023-04-30|100000000|reported|
2023-05-01|2023-07-30|120000000|reported|
2023-07-31|2023-10-29|130000000|reported|
2023-10-30|2024-01-28|145000000|derived|annual - nine_months
2024-01-29|2024-04-28|160000000|reported|
2024-04-29|2024-07-28|170000000|reported|
2024-07-29|2024-10-27|180000000|reported|
2024-10-28|2025-02-02|200000000|derived|annual - nine_months"
is "twelve months up to every quarter" "$(figures revenue ttm | tail -5)" \
"2023-01-30|2024-01-28|495000000|derived|annual
2023-05-01|2024-04-28|555000000|derived|annual + quarter - quarter
2023-07-31|2024-07-28|605000000|derived|annual + half - half
2023-10-30|2024-10-27|655000000|derived|annual + nine_months - nine_months
2024-01-29|2025-02-02|710000000|derived|annual"
is "before the restatement the public knew the old figure, and what follows from it" "$(figures revenue quarter 2024-03-01 | tail -1; figures revenue annual 2024-03-01 | tail -1)" \
"2023-10-30|2024-01-28|150000000|derived|annual - nine_months
2023-01-30|2024-01-28|500000000|reported|"
is "before the annual report there is no fourth quarter" "$(figures revenue quarter 2024-01-31 | tail -1)" "2023-07-31|2023-10-29|130000000|reported|"
is "quarters of what is only given since the start of the year" "$(figures capex quarter)" \
"2023-01-30|2023-04-30|10|reported|
2023-05-01|2023-07-30|15|derived|half - quarter
2023-07-31|2023-10-29|20|derived|nine_months - half
2023-10-30|2024-01-28|25|derived|annual - nine_months"
is "figures per share are not subtracted" "$(figures eps_diluted quarter; figures eps_diluted ttm)" ""
is "an instant stays one" "$(figures cash instant)" "2024-01-28|2024-01-28|90000000|reported|"
is "the press beside the filing: higher tier shown, both counted, rounding is no dispute" \
	"$(sql "SELECT value, claims, disputed, rule, publisher, value_low, value_high, concept FROM api.canonical WHERE metric = 'revenue' AND period_end = '2025-02-02' AND period = 'annual'")" \
	"710000000|2|f|higher tier|sec|700000000|710000000|us-gaap:Revenues"
is "restated: two claims that exclude each other" \
	"$(sql "SELECT claims, disputed FROM api.canonical WHERE metric = 'revenue' AND period_end = '2024-01-28' AND period = 'annual'")" "2|t"
is "a computed figure names its inputs and their source" \
	"$(sql "SELECT claims, disputed, asserted_on, source, inputs -> 0 ->> 'role', inputs -> 0 ->> 'value', inputs -> 1 ->> 'value', inputs -> 1 ->> 'sign'
	        FROM api.canonical WHERE metric = 'revenue' AND period_end = '2025-02-02' AND period = 'quarter'")" \
	"0|f|2025-02-20|of 2025-02-20|annual|710000000|510000000|-1"
is "every row of a page has its place" \
	"$(sql "SELECT count(*) - count(DISTINCT (period_end, series, period_start)) FROM api.figures")" 0
is "claims under the metric's own name are shown once" \
	"$(sql "SELECT count(*) FROM api.figures WHERE metric = 'revenue' AND period = 'annual' AND period_end = '2022-01-30'")" 1
is "what nothing is mapped to is as filed" \
	"$(sql "SELECT count(*) FROM api.figures WHERE metric = 'us-gaap:Revenues'")" "$(sql "SELECT count(*) FROM api.observations WHERE metric = 'us-gaap:Revenues'")"

exits "the question of an analyst" 0 "$AIMARKET" query observations --entity kestrel --metric revenue --period quarter --limit 1 --format csv --columns period_end,value,nature
is "is answered" "$out" "period_end,value,nature
2025-02-02,200000000,derived"
claim=$(sql "SELECT claim FROM api.canonical WHERE metric = 'revenue' AND period_end = '2025-02-02' AND period = 'quarter'")
exits "a computed figure can be shown" 0 "$AIMARKET" show "$claim" --format json
like "with its formula" "$out" '"formula":"annual - nine_months"'
exits "and nothing else under such a name" 3 "$AIMARKET" show "d:1+2"
done_testing
