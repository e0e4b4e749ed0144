-- What was told until further notice, by who told it: a list that does not name it any more ends it (load.end_unlisted).
CREATE INDEX observation_open ON store.observation (source) WHERE period_end = 'infinity' AND batch_to IS NULL;
