#include "listen.h"

#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "aimarket/http.h"
#include "aimarket/query.h"

static const char *wanted(const struct conf *conf)
{
	return conf->api.workers == 0 ? "" : conf->api.listen ? conf->api.listen : API_LISTEN;
}

static int open_one(struct listen *l, const char *address, struct err *e)
{
	if (l->n == LISTEN_MAX)
		return err_set(e, ERR_CONFIG, "listen names more than %d addresses", LISTEN_MAX);
	if (http_bind(address, &l->fds[l->n], e))
		return *e->hint ? -1 : err_hint(e, "Set listen in [api] of aimarket.conf, or workers = 0 there to answer nobody.");
	l->n++;
	return 0;
}

static int open_all(struct listen *l, const char *addresses, struct err *e)
{
	char *copy = xstrdup(addresses), *rest = copy, *address;
	int rc = 0;

	*l = (struct listen){ .addresses = xstrdup(addresses) };
	while (rc == 0 && (address = strsep(&rest, " ,")))
		rc = *address ? open_one(l, address, e) : 0;
	free(copy);
	if (rc)
		listen_close(l);
	return rc;
}

int listen_open(struct listen *l, const struct conf *conf, struct err *e)
{
	int n = sd_listen_fds(1);

	if (n <= 0)
		return open_all(l, wanted(conf), e);
	if (n > LISTEN_MAX)
		return err_set(e, ERR_CONFIG, "more than %d sockets were handed over", LISTEN_MAX);
	*l = (struct listen){ .handed = true, .n = n, .addresses = xstrdup("") };
	for (int i = 0; i < n; i++)
		l->fds[i] = SD_LISTEN_FDS_START + i;
	return 0;
}

int listen_move(struct listen *l, const struct conf *conf, struct err *e)
{
	struct listen fresh;

	if (l->handed || strcmp(l->addresses, wanted(conf)) == 0)
		return 0;
	if (open_all(&fresh, wanted(conf), e))
		return -1;
	listen_close(l);
	*l = fresh;
	return 0;
}

void listen_close(struct listen *l)
{
	for (int i = 0; i < l->n; i++)
		close(l->fds[i]);
	free(l->addresses);
	l->addresses = NULL;
	l->n = 0;
}
