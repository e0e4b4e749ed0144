-- name: number-words
-- severity: warning
-- text: a number word whose meaning depends on the language waits for a person: in French, German, Spanish … a billion is 10^12, a trillion 10^18
SELECT e.slug, format('"%s" in %s', substring(t.words FROM '(?i)[0-9][0-9.,\s]*(?:bil|tril|quadril)l?[a-zé]*'), w.lang), ARRAY['o:' || o.id]
  FROM store.source w
  JOIN store.observation o ON o.source = w.id AND o.batch_to IS NULL
  JOIN store.entity e ON e.id = o.subject
  LEFT JOIN store.note n ON n.id = o.note
 CROSS JOIN LATERAL (SELECT concat_ws(' ', n.text, w.quote) AS words) t
 WHERE lower(left(w.lang, 2)) IN ('fr', 'de', 'es', 'it', 'pt', 'nl', 'da', 'sv', 'no', 'nb', 'fi', 'pl', 'cs', 'hu')
   AND t.words ~* '[0-9][0-9.,\s]*(bil|tril|quadril)l?(i|j)[oaóe]'
   AND NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = o.id AND j.batch_to IS NULL)
