#include "aimarket/netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <strings.h>

/* IANA's special-purpose registries, as far as a feed has no business there. */
static const struct {
	unsigned char net[4];
	int bits;
} closed4[] = {
	{ { 0 }, 8 }, /* this network */
	{ { 10 }, 8 }, /* private */
	{ { 100, 64 }, 10 }, /* carrier-grade NAT */
	{ { 127 }, 8 }, /* loopback */
	{ { 169, 254 }, 16 }, /* link-local, cloud metadata */
	{ { 172, 16 }, 12 }, /* private */
	{ { 192, 0, 0 }, 24 }, /* protocol assignments */
	{ { 192, 0, 2 }, 24 }, /* documentation */
	{ { 192, 88, 99 }, 24 }, /* 6to4 relays */
	{ { 192, 168 }, 16 }, /* private */
	{ { 198, 18 }, 15 }, /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 }, /* documentation */
	{ { 224 }, 3 }, /* multicast, reserved, broadcast */
};

/* Of IPv6 only 2000::/3 is in use; these are the exceptions in it. 64:ff9b::/96 stands for an IPv4 address behind NAT64. */
static const struct {
	unsigned char net[16];
	int bits;
} closed6[] = {
	{ { 0x20, 0x01 }, 23 }, /* protocol assignments, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 }, /* 6to4: wraps an IPv4 address */
	{ { 0x3f, 0xff }, 20 }, /* documentation */
};
static const unsigned char global6[16] = { 0x20 }, nat64[16] = { 0, 0x64, 0xff, 0x9b };

static bool within(const unsigned char *a, const unsigned char *net, int bits)
{
	int whole = bits / 8, rest = bits % 8;

	return memcmp(a, net, (size_t)whole) == 0 && (rest == 0 || (a[whole] ^ net[whole]) >> (8 - rest) == 0);
}

static bool public4(const unsigned char a[4])
{
	for (size_t i = 0; i < sizeof closed4 / sizeof *closed4; i++)
		if (within(a, closed4[i].net, closed4[i].bits))
			return false;
	return true;
}

static bool public6(const unsigned char a[16])
{
	if (within(a, nat64, 96))
		return public4(a + 12);
	for (size_t i = 0; i < sizeof closed6 / sizeof *closed6; i++)
		if (within(a, closed6[i].net, closed6[i].bits))
			return false;
	return within(a, global6, 3);
}

bool netaddr_public(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return public4((const unsigned char *)&((const struct sockaddr_in *)(const void *)a)->sin_addr);
	if (a->sa_family == AF_INET6)
		return public6(((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr);
	return false;
}

bool netaddr_text_public(const char *text)
{
	unsigned char a[16];

	if (inet_pton(AF_INET, text, a) == 1)
		return public4(a);
	return inet_pton(AF_INET6, text, a) == 1 && public6(a);
}

/* "localhost", "x.localhost", with or without a dot at the end. */
static bool is_localhost(const char *host, size_t n)
{
	static const char name[] = "localhost";
	size_t len = sizeof name - 1;

	if (n > 0 && host[n - 1] == '.')
		n--;
	return n >= len && strncasecmp(host + n - len, name, len) == 0 && (n == len || host[n - len - 1] == '.');
}

bool netaddr_host_private(const char *host)
{
	size_t n = strlen(host);
	char text[INET6_ADDRSTRLEN];
	struct in_addr a;

	if (host[0] == '[' || strchr(host, ':')) {
		size_t skip = host[0] == '[', len = strcspn(host + skip, "]%"); /* a % begins the zone of a link-local address */

		snprintf(text, sizeof text, "%.*s", (int)len, host + skip);
		return len >= sizeof text || !netaddr_text_public(text);
	}
	if (inet_aton(host, &a))
		return !public4((const unsigned char *)&a);
	return n == 0 || is_localhost(host, n);
}
