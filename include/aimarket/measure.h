/* measure: what many figures come to, for trends and for groups of rows alike. @ is the figure, {percent} the percentile. */
#ifndef AIMARKET_MEASURE_H
#define AIMARKET_MEASURE_H

/* Exact all of them: percentiles are figures that were given, a median of an even number the middle of two. Of nothing: NULL. */
#define MEASURE_SUM "sum(@)"
#define MEASURE_MEAN "api.short(avg(@))"
#define MEASURE_MEDIAN \
	"trim_scale((percentile_disc(0.5) WITHIN GROUP (ORDER BY @) + percentile_disc(0.5) WITHIN GROUP (ORDER BY @ DESC)) / 2)"
#define MEASURE_MIN "min(@)"
#define MEASURE_MAX "max(@)"
#define MEASURE_PERCENTILE "percentile_disc({percent}::float8 / 100) WITHIN GROUP (ORDER BY @)"

#endif
