-- Names enter their index of trigrams at once, not by way of its list of pending entries: a load that looks for names like those it
-- has just brought would walk that list every time.
ALTER INDEX store.entity_key_norm_idx SET (fastupdate = off);
