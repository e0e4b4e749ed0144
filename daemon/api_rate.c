/* api_rate: how often one address asks, where that is limited (draft-ietf-httpapi-ratelimit-headers-10). */
#include "api_inside.h"

#include <time.h>

enum { PLACES = 8192, WINDOW = 60 /* seconds */ };

static struct {
	uint64_t who;
	time_t since;
	long long asked;
} places[PLACES];

/* Two addresses in one place share what is allowed only if both come at the same time. */
bool rate_allows(struct api *api, struct http_request *r)
{
	long long most = api->conf->api.rate;
	uint64_t who = api_hash(r->peer);
	time_t now = time(NULL);
	size_t i = who % PLACES;

	if (most == 0)
		return true;
	if (places[i].who != who || now - places[i].since >= WINDOW) {
		places[i].who = who;
		places[i].since = now;
		places[i].asked = 0;
	}
	long long left = most - ++places[i].asked, again = WINDOW - (now - places[i].since);
	http_header(r, "RateLimit-Policy", "\"default\";q=%lld;w=%d", most, WINDOW);
	http_header(r, "RateLimit", "\"default\";r=%lld;t=%lld", left > 0 ? left : 0, again);
	if (left >= 0)
		return true;
	struct err e = { 0 };
	api->slot->limited++;
	err_set(&e, ERR_LIMIT, "more than %lld requests a minute", most);
	http_header(r, "Retry-After", "%lld", again);
	problem_status(r, 429, &e);
	return false;
}
