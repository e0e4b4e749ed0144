-- The forecasts on the questions of pg_temp.staging_score, as cli/predict_tally.c reads them: question by question, so that
-- each is put in order by itself. A seal that was never opened says nothing.
COPY (
    SELECT l.*
    FROM (SELECT * FROM pg_temp.staging_score ORDER BY prediction OFFSET 0) s
    CROSS JOIN LATERAL (
        SELECT f.prediction, f.forecaster, f.claimed_at, f.expires_at,
            CASE WHEN f.seal IS NULL THEN f.pmf ELSE (SELECT u.pmf FROM store.unsealing u WHERE u.forecast = f.id) END
        FROM store.forecast f
        WHERE f.prediction = s.prediction AND f.batch_to IS NULL AND f.claimed_at < s.ends AND (s.backfilled OR NOT f.backfilled)
          AND (f.seal IS NULL OR EXISTS (SELECT FROM store.unsealing u WHERE u.forecast = f.id))
        ORDER BY f.forecaster, f.claimed_at, f.id OFFSET 0) l
) TO STDOUT (FORMAT binary)
