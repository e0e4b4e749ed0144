-- What a host allows at most, by its own word: nobody can set a faster pace by mistake.
ALTER TABLE store.host ADD rate_most real CHECK (rate_most > 0);
UPDATE store.host SET rate_most = 10 WHERE host = 'sec.gov';
ALTER TABLE store.host ADD CONSTRAINT host_rate_most CHECK (rate <= rate_most);
