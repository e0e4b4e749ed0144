-- name: valuation-below-amount
-- severity: error
-- text: a round does not raise more than the company is worth with it
SELECT a.id, format('%s %s raised at a valuation of %s (%s)', trim_scale(a.part_low), a.part_currency, trim_scale(v.part_high), v.part), ARRAY[a.part_claim, v.part_claim]
  FROM api.deal_parts a
  JOIN api.deal_parts v ON v.id = a.id AND v.part IN ('post_money', 'implied_valuation') AND v.part_currency = a.part_currency
 WHERE a.type IN ('funding_round', 'investment') AND a.part IN ('total', 'equity') AND a.part_low > v.part_high
