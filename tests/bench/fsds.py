#!/usr/bin/env python3
"""The yardstick of tests/bench/bulk: a statement data set parsed and merged the way aimarket does it, in Python: every row checked,
numbers exact, filings, concepts and series numbered, what is known left out, the rest copied into indexed tables with the
facts it comes to, in one transaction.   fsds.py ARCHIVE | psql"""
import calendar, csv, io, sys, zipfile
from datetime import date
from decimal import Decimal, InvalidOperation

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS yardstick; SET search_path = yardstick;
CREATE TABLE IF NOT EXISTS source (id int PRIMARY KEY, ref text UNIQUE, cik bigint, name text, form text, filed date);
CREATE TABLE IF NOT EXISTS metric (id int PRIMARY KEY, name text UNIQUE, label text, definition text);
CREATE TABLE IF NOT EXISTS series (id int PRIMARY KEY, cik bigint, metric int, unit text, dims jsonb, kind "char", UNIQUE (cik, metric, unit, kind, dims));
CREATE TABLE IF NOT EXISTS observation (id bigint, series int, period_start date, period_end date, asserted_on date, source int, line int, decimals smallint,
	value numeric, state "char");
CREATE INDEX IF NOT EXISTS observation_series ON observation (series, period_end);
CREATE TABLE IF NOT EXISTS fact (series int, period_start date, period_end date, claim bigint, value numeric, claims int, asserted_on date,
	PRIMARY KEY (series, period_end, period_start));
"""


def day(text):
	return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def month_end(d):
	last = calendar.monthrange(d.year, d.month)[1]
	before = date.fromordinal(d.toordinal() - d.day)
	after = d.replace(day=last)
	return before if d - before < after - d else after


def first_day(end, months):
	m = end.year * 12 + end.month - months
	return date(m // 12, m % 12 + 1, 1)


def rounding(value, per_share):
	exponent = value.normalize().as_tuple().exponent if value else 6
	if exponent < 0:
		return max(-exponent, 2)
	return 2 if per_share else -6 if exponent >= 6 else -3 if exponent >= 3 else 0


def quoted(text):
	return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def rows_of(archive, name):
	return csv.DictReader(io.TextIOWrapper(archive.open(name), "utf8", newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)


def number(table, key):
	return table.setdefault(key, len(table) + 1)


def dims_of(row):
	pairs = [p.split("=", 1) for p in row.get("segments", "").split(";") if p]
	if row["coreg"]:
		pairs.append(["coregistrant", row["coreg"]])
	return "{" + ", ".join('"%s": "%s"' % (k, v) for k, v in sorted(pairs)) + "}"


def copy(out, table, rows):
	out.write(f"COPY {table} FROM STDIN;\n")
	for row in rows:
		out.write("\t".join("\\N" if v is None else quoted(str(v)) for v in row) + "\n")
	out.write("\\.\n")


def main():
	archive, out = zipfile.ZipFile(sys.argv[1]), sys.stdout
	filings = {r["adsh"]: r for r in rows_of(archive, "sub.txt")}
	tags = {(r["tag"], r["version"]): r for r in rows_of(archive, "tag.txt")}
	sources, metrics, series, known, claims, rejects = {}, {}, {}, set(), [], 0
	for line, r in enumerate(rows_of(archive, "num.txt"), 2):
		try:
			filing, tag = filings[r["adsh"]], tags[r["tag"], r["version"]]
			per_share = tag["datatype"] == "perShare"
			end, quarters = month_end(day(r["ddate"])), int(r["qtrs"])
			start = first_day(end, 3 * quarters) if quarters else first_day(end, 1) if tag["iord"] == "D" else end
			value = Decimal(r["value"]) if r["value"] else None
		except (KeyError, ValueError, InvalidOperation):
			rejects += 1
			continue
		taxonomy = r["version"].split("/")[0] if "/" in r["version"] else "cik-" + filing["cik"]
		metric = number(metrics, f"{taxonomy}:{r['tag']}")
		unit = r["uom"] + "/shares" if per_share and len(r["uom"]) == 3 else r["uom"]
		kind = "i" if start == end else "d"
		s = number(series, (filing["cik"], metric, unit, dims_of(r), kind))
		source = number(sources, r["adsh"])
		decimals = rounding(value, per_share) if value is not None else None
		claim = (s, start, end, source, decimals, value)
		if claim in known:
			continue
		known.add(claim)
		claims.append((s, end, start, day(filing["filed"]), line, source, decimals, value))
	claims.sort(key=lambda c: c[:5])
	facts, last = [], None
	for i, c in enumerate(claims, 1):
		if c[:3] == last:
			facts[-1][3:] = [i, c[7], facts[-1][5] + 1, c[3]]
		else:
			facts.append([c[0], c[2], c[1], i, c[7], 1, c[3]])
		last = c[:3]
	out.write("BEGIN;" + SCHEMA)
	copy(out, "source", ((n, a, filings[a]["cik"], filings[a]["name"], filings[a]["form"], day(filings[a]["filed"])) for a, n in sources.items()))
	names = {f"{v.split('/')[0] if '/' in v else 'cik-' + filings[v]['cik'] if v in filings else v}:{t}": r for (t, v), r in tags.items()}
	copy(out, "metric", ((n, m, names[m]["tlabel"], names[m]["doc"]) for m, n in metrics.items()))
	copy(out, "series", ((n, k[0], k[1], k[2], k[3], k[4]) for k, n in series.items()))
	copy(out, "observation", ((i, c[0], c[2], c[1], c[3], c[5], c[4], c[6], c[7], "n" if c[7] is None else "v") for i, c in enumerate(claims, 1)))
	copy(out, "fact", facts)
	out.write("COMMIT;\n")
	print(f"{len(claims)} claims, {rejects} rejected", file=sys.stderr)


main()
