/* listen: the sockets that API workers serve on, opened by the master and shared by all of them. */
#ifndef AIMARKET_DAEMON_LISTEN_H
#define AIMARKET_DAEMON_LISTEN_H

#include "aimarket/conf.h"

enum { LISTEN_MAX = 16 };

struct listen {
	int fds[LISTEN_MAX], n;
	bool handed; /* by the service manager, which says where; the setting does not count then */
	char *addresses; /* the setting they were opened for */
};

/* Those handed to us, else those of the setting; none when there are no API workers. ERR_CONFIG, ERR_NET. */
int listen_open(struct listen *l, const struct conf *conf, struct err *e) must_check;
/* The same ones where the setting is the same; -1 leaves all as it was. */
int listen_move(struct listen *l, const struct conf *conf, struct err *e) must_check;
void listen_close(struct listen *l);

#endif
