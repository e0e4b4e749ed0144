-- name: pcie-above-sxm
-- severity: error
-- text: the PCIe form of a chip is not above its SXM form in rate, bandwidth or power
WITH figure AS (
    SELECT *, coalesce(lower(dimensions ->> 'form_factor'), substring(lower(subject_name) FROM 'pcie|sxm')) AS form,
           btrim(regexp_replace(lower(subject_name), '\m(pcie|sxm)[0-9]*\M', '')) AS chip
      FROM api.claims
     WHERE metric IN ('peak_rate', 'memory_bandwidth', 'interconnect_bandwidth', 'power', 'clock_rate'))
SELECT p.subject, format('%s of the PCIe form, %s, is above the SXM form''s %s %s%s', p.metric, trim_scale(p.value), trim_scale(s.value), s.unit,
                         coalesce(' (' || (p.dimensions ->> 'format') || ')', '')), ARRAY[p.claim, s.claim]
  FROM figure p
  JOIN figure s ON s.chip = p.chip AND s.form LIKE 'sxm%' AND s.metric = p.metric AND s.unit = p.unit
       AND s.dimensions - 'form_factor' = p.dimensions - 'form_factor'
 WHERE p.form = 'pcie' AND p.low > s.high
