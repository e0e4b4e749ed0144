/* api_openapi: the description of the API, as `aimarket openapi` makes it of the starter set: etc/openapi.json, inside the program. */
#include "api_inside.h"

__asm__(".pushsection .rodata\n"
	".global openapi_json\n"
	"openapi_json:\n"
	".incbin \"etc/openapi.json\"\n"
	".byte 0\n"
	".popsection");
extern const char openapi_json[];

static struct answer *description(void)
{
	struct answer *a = answer_new("/openapi.json");

	a->status = 200;
	a->media = format_media[OUT_JSON];
	a->packed[PACK_NONE].bytes = xstrdup(openapi_json);
	a->packed[PACK_NONE].n = strlen(openapi_json);
	snprintf(a->etag, sizeof a->etag, "%016llx", (unsigned long long)api_hash(openapi_json));
	return a;
}

void api_openapi(struct api *api, struct http_request *r, const char *const *words)
{
	if (!api->description)
		api->description = description();
	answer_send(api, api->description, r);
}
