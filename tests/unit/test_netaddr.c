#include "unit.h"

#include "aimarket/netaddr.h"

static void public_addresses(void **state)
{
	static const char *const yes[] = { "8.8.8.8", "1.1.1.1", "104.73.145.11", "172.15.255.255", "172.32.0.1", "100.63.255.255",
		"100.128.0.1", "223.255.255.255", "192.0.1.1", "198.17.255.255", "2600:1408::1", "2a00:1450:4001::8a",
		"2001:4860:4860::8888", "64:ff9b::808:808", "2001:200::1" };

	for (size_t i = 0; i < COUNT(yes); i++)
		if (!netaddr_text_public(yes[i]))
			fail_msg("%s", yes[i]);
}

static void closed_addresses(void **state)
{
	static const char *const no[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1",
		"::ffff:7f00:1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::808:808",
		"fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "2002:808:808::", "3fff:1::1", "4000::1", "", "localhost", "127.1" };

	for (size_t i = 0; i < COUNT(no); i++)
		if (netaddr_text_public(no[i]))
			fail_msg("%s", no[i]);
}

static void hosts(void **state)
{
	static const char *const private[] = { "127.0.0.1", "localhost", "LocalHost.", "a.localhost", "0x7f.1", "2130706433", "0177.0.0.1",
		"0", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "::1", "[fe80::1%25eth0]", "fe80::1%eth0",
		"[::127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "10.1", "192.168.257", "[64:ff9b::7f00:1]", "", "[", "[]", "[gggg::1]",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]" };
	static const char *const other[] = { "www.sec.gov", "localhost.example.org", "notlocalhost", "8.8.8.8", "134744072", "[2600::1]",
		"2600::1", "x" };

	for (size_t i = 0; i < COUNT(private); i++)
		if (!netaddr_host_private(private[i]))
			fail_msg("%s", private[i]);
	for (size_t i = 0; i < COUNT(other); i++)
		if (netaddr_host_private(other[i]))
			fail_msg("%s", other[i]);
}

static void other_families_are_not_public(void **state)
{
	struct sockaddr a = { .sa_family = AF_UNIX };

	assert_false(netaddr_public(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_addresses),
		cmocka_unit_test(closed_addresses),
		cmocka_unit_test(hosts),
		cmocka_unit_test(other_families_are_not_public),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
