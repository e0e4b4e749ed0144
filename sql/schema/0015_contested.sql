-- Rules that judge slips of filers look for the contested facts of the series a load brought, and for what they judged before.
CREATE INDEX ON store.fact (series) WHERE disputed;
CREATE INDEX ON store.judgement (subject) WHERE batch_to IS NULL AND who LIKE 'rule:%';
