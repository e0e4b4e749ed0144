# Turns sql/ into C: sql_schema[], sql_code[] (load, then api) and sql_queries[], each {name, text}. The Makefile adds
# sql_code_sha256, the fingerprint of sql_code.
# Every line becomes one string literal, so compiler limits on literals do not matter and diffs stay readable.
function flush_file() { if (name != "") print "\t},"; name = "" }
function open_array(a) {
	if (array == a) return
	flush_file()
	if (array != "") print "\t{ 0 }\n};"
	array = a
	printf "const struct sql_file %s[] = {\n", a
}
BEGIN {
	print "/* made by etc/embed.awk from sql/ */\n#include \"aimarket/store.h\"\nextern const struct sql_file sql_queries[];\nextern const char sql_code_sha256[65];"
}
FNR == 1 {
	n = split(FILENAME, part, "/")
	folder = part[n - 1]
	open_array(folder == "schema" ? "sql_schema" : folder == "query" ? "sql_queries" : "sql_code")
	flush_file()
	name = part[n]; sub(/\.sql$/, "", name)
	# a step whose number another has would be taken for done
	if (folder == "schema" && name + 0 != ++step) {
		print FILENAME ": schema steps are numbered 0001, 0002 ..., and the next is " step > "/dev/stderr"
		failed = 1
		exit 1
	}
	seen[array] = 1
	printf "\t{ \"%s\",\n", name
}
{
	line = $0
	gsub(/\\/, "\\\\&", line); gsub(/"/, "\\\"", line); gsub(/\?\?/, "?\\?", line)
	printf "\t\"%s\\n\"\n", line
}
END {
	if (failed) exit 1
	flush_file()
	if (array != "") print "\t{ 0 }\n};"
	if (!("sql_schema" in seen)) print "const struct sql_file sql_schema[] = { { 0 } };"
	if (!("sql_code" in seen)) print "const struct sql_file sql_code[] = { { 0 } };"
	if (!("sql_queries" in seen)) print "const struct sql_file sql_queries[] = { { 0 } };"
}
