-- The rules above may be new: what was kept ready by the old ones is made anew.
SELECT load.refresh_all_today();
