/* metrics: the state of the store in Prometheus' text format. What is measured is SQL: api.metric_samples. */
#ifndef AIMARKET_METRICS_H
#define AIMARKET_METRICS_H

#include <libpq-fe.h>

#include "aimarket/buf.h"

#define METRICS_SQL "SELECT name, type, help, suffix, labels, value FROM api.metric_samples ORDER BY place, name, nth"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
enum { METRICS_MAX = 32 << 20 };

/* Appends the rows of METRICS_SQL to out, whose overflow says when they did not fit. */
void metrics_text(const PGresult *samples, struct buf *out);

#endif
