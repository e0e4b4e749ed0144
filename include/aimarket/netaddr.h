/* netaddr: which addresses are public. The rest (this machine, private networks, reserved ranges) a feed reaches only when it says so. */
#ifndef AIMARKET_NETADDR_H
#define AIMARKET_NETADDR_H

#include <stdbool.h>
#include <sys/socket.h>

/* False for every address that is not a plain public one, the IPv6 forms that only wrap an IPv4 address included. */
bool netaddr_public(const struct sockaddr *a);
/* The same for an address as text, as inet_ntop writes it; false when it is none. */
bool netaddr_text_public(const char *text);
/*
 * What can be said of the host of a URL without asking anyone: true for "localhost" and the like, and for addresses that are not public
 * however they are written (127.1, 0x7f.1, 2130706433, 0177.0.0.1, 0, [::1], [::ffff:127.0.0.1]). A name may still lead to one.
 */
bool netaddr_host_private(const char *host);

#endif
