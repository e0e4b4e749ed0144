-- No document was ever taken in and nothing claimed.
SELECT NOT EXISTS (SELECT FROM store.run) AND NOT EXISTS (SELECT FROM store.document) AND NOT EXISTS (SELECT FROM store.tx)
