-- Series whose figures are told on the basis of the day they are said (api.told_by_day): few among many.
CREATE INDEX series_by_day ON store.series (id) WHERE dims ->> 'basis' IN ('split', 'total_return');
