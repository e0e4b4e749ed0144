/* api_rate: how often one address asks, where that is limited (draft-ietf-httpapi-ratelimit-headers-10). All workers count together. */
#include "api_inside.h"

#include <time.h>

bool rate_allows(struct api *api, struct http_request *r)
{
	long long most = api->conf->api.rate;
	struct err e = { 0 };
	int again;

	if (most == 0)
		return true;
	long long left = most - board_asked(api->duty->board, api_hash(r->peer), time(NULL), &again);
	http_header(r, "RateLimit-Policy", "\"default\";q=%lld;w=%d", most, BOARD_WINDOW);
	http_header(r, "RateLimit", "\"default\";r=%lld;t=%d", left > 0 ? left : 0, again);
	if (left >= 0)
		return true;
	api->slot->limited++;
	err_set(&e, ERR_LIMIT, "more than %lld requests a minute", most);
	http_header(r, "Retry-After", "%d", again);
	problem_status(r, 429, &e);
	return false;
}
