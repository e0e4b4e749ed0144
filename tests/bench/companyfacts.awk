# A document in the shape of SEC companyfacts, of any size: awk -v cik=1 -v facts=1000000 -f companyfacts.awk. One line, as the
# SEC writes it. 600 concepts whatever the size: 15 years of quarters each, and the same quarters again as later filings repeat
# them, one in fifty with another value.
BEGIN {
	concepts = 600
	per = int((facts + concepts - 1) / concepts)
	printf "{\"cik\":%d,\"entityName\":\"SAMPLE %d CORP\",\"facts\":{\"us-gaap\":{", cik, cik
	for (c = 0; c < concepts; c++) {
		printf "%s\"Concept%06d\":{\"label\":\"Concept %d\",\"description\":\"Made for measuring.\",\"units\":{\"USD\":[", (c ? "," : ""), c, c
		for (i = 0; i < per && facts-- > 0; i++) {
			quarter = i % 4
			year = 2008 + int(i / 4) % 15
			filing = int(i / 60)
			filed = year + 1 + filing % 5
			value = (c * 7919 + i % 60 * 104729) % 1000003 + 1 + ((c + i) % 50 == 0) * filing
			printf "%s{\"start\":\"%d-%02d-01\",\"end\":\"%d-%02d-%02d\",\"val\":%d000,\"accn\":\"%010d-%02d-%06d\",\"fy\":%d,\"fp\":\"Q%d\",\"form\":\"10-Q\",\"filed\":\"%d-02-15\"}",
				(i ? "," : ""), year, quarter * 3 + 1, year, quarter * 3 + 3, quarter % 3 ? 30 : 31, value, cik, filed % 100,
				filing + 1, year, quarter + 1, filed
		}
		printf "]}}"
	}
	printf "}}}\n"
}
