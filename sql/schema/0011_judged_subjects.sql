-- What rules have judged of a subject: asked for by each load that brings a contested fact.
CREATE INDEX judgement_rules ON store.judgement (subject) WHERE batch_to IS NULL AND who LIKE 'rule:%';
