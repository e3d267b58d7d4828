/* Where std.http may connect to: kinds of addresses, and the list of hosts. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "stdlib/http_hosts.h"

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static union address
address_of(const char *text)
{
    union address address = { 0 };
    if (strchr(text, ':') == NULL) {
        address.four.sin_family = AF_INET;
        cr_assert_eq(inet_pton(AF_INET, text, &address.four.sin_addr), 1, "%s", text);
    } else {
        address.six.sin6_family = AF_INET6;
        cr_assert_eq(inet_pton(AF_INET6, text, &address.six.sin6_addr), 1, "%s", text);
    }
    return address;
}

static bool
allows(const char *hosts, const char *host, uint16_t port, const char *at)
{
    union address address = address_of(at);
    return dsy_http_hosts_allow(hosts, host, port, &address.any);
}

Test(http_hosts, kinds_of_addresses)
{
    static const struct {
        const char *text;
        enum http_address_kind kind;
    } cases[] = {
        { "93.184.216.34", HTTP_ADDRESS_PUBLIC },
        { "8.8.8.8", HTTP_ADDRESS_PUBLIC },
        { "172.15.255.255", HTTP_ADDRESS_PUBLIC },
        { "172.32.0.0", HTTP_ADDRESS_PUBLIC },
        { "10.0.0.1", HTTP_ADDRESS_PRIVATE },
        { "172.16.0.1", HTTP_ADDRESS_PRIVATE },
        { "172.31.255.255", HTTP_ADDRESS_PRIVATE },
        { "192.168.1.1", HTTP_ADDRESS_PRIVATE },
        { "100.64.0.1", HTTP_ADDRESS_PRIVATE },
        { "100.128.0.1", HTTP_ADDRESS_PUBLIC },
        { "127.0.0.1", HTTP_ADDRESS_SPECIAL },
        { "127.255.255.255", HTTP_ADDRESS_SPECIAL },
        { "0.0.0.0", HTTP_ADDRESS_SPECIAL },
        { "169.254.169.254", HTTP_ADDRESS_SPECIAL },
        { "224.0.0.1", HTTP_ADDRESS_SPECIAL },
        { "255.255.255.255", HTTP_ADDRESS_SPECIAL },
        { "240.0.0.1", HTTP_ADDRESS_SPECIAL },
        { "198.18.0.1", HTTP_ADDRESS_SPECIAL },
        { "2606:2800:220:1::1", HTTP_ADDRESS_PUBLIC },
        { "fd00::1", HTTP_ADDRESS_PRIVATE },
        { "fd00:ec2::254", HTTP_ADDRESS_SPECIAL },
        { "::", HTTP_ADDRESS_SPECIAL },
        { "::1", HTTP_ADDRESS_SPECIAL },
        { "fe80::1", HTTP_ADDRESS_SPECIAL },
        { "ff02::1", HTTP_ADDRESS_SPECIAL },
        { "2001:db8::1", HTTP_ADDRESS_SPECIAL },
        /* IPv4 in disguise */
        { "::ffff:127.0.0.1", HTTP_ADDRESS_SPECIAL },
        { "::ffff:169.254.169.254", HTTP_ADDRESS_SPECIAL },
        { "::ffff:10.0.0.1", HTTP_ADDRESS_PRIVATE },
        { "::ffff:8.8.8.8", HTTP_ADDRESS_PUBLIC },
        { "64:ff9b::a9fe:a9fe", HTTP_ADDRESS_SPECIAL },
        { "2002:7f00:0001::", HTTP_ADDRESS_SPECIAL },
        { "2001:0:7f00:1::", HTTP_ADDRESS_SPECIAL },
        { "::127.0.0.1", HTTP_ADDRESS_SPECIAL },
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        union address address = address_of(cases[index].text);
        cr_expect_eq(dsy_http_address_kind(&address.any), cases[index].kind, "%s", cases[index].text);
    }
    struct sockaddr local = { .sa_family = AF_UNIX };
    cr_expect_eq(dsy_http_address_kind(&local), HTTP_ADDRESS_SPECIAL);
}

Test(http_hosts, without_a_list_public_addresses_only)
{
    static const char *const none[] = { NULL, "", " , " };
    for (size_t index = 0; index < 3; index++) {
        cr_expect(allows(none[index], "example.com", 443, "93.184.216.34"));
        cr_expect_not(allows(none[index], "example.com", 443, "10.0.0.1"), "a private address");
        cr_expect_not(allows(none[index], "localhost", 80, "127.0.0.1"));
        cr_expect_not(allows(none[index], "metadata", 80, "169.254.169.254"));
    }
}

Test(http_hosts, names)
{
    static const char hosts[] = "api.example.com, *.internal.example:8443";
    cr_expect(allows(hosts, "api.example.com", 443, "93.184.216.34"));
    cr_expect(allows(hosts, "API.Example.com.", 80, "10.1.2.3"), "case and the root's dot do not count");
    cr_expect_not(allows(hosts, "api.example.com.evil.org", 443, "93.184.216.34"));
    cr_expect_not(allows(hosts, "evil-api.example.com", 443, "93.184.216.34"));
    cr_expect_not(allows(hosts, "example.com", 443, "93.184.216.34"));
    cr_expect(allows(hosts, "a.b.internal.example", 8443, "10.1.2.3"));
    cr_expect_not(allows(hosts, "a.internal.example", 443, "10.1.2.3"), "another port");
    cr_expect_not(allows(hosts, "internal.example", 8443, "10.1.2.3"), "*.x is what lies below x");
    cr_expect_not(allows(hosts, "xinternal.example", 8443, "10.1.2.3"));
}

Test(http_hosts, no_name_leads_to_a_special_address)
{
    static const char hosts[] = "*, api.example.com";
    cr_expect(allows(hosts, "api.example.com", 443, "93.184.216.34"));
    cr_expect(allows(hosts, "api.example.com", 443, "192.168.7.7"));
    cr_expect_not(allows(hosts, "api.example.com", 443, "127.0.0.1"), "its name was bound to another address");
    cr_expect_not(allows(hosts, "api.example.com", 443, "169.254.169.254"));
    cr_expect_not(allows(hosts, "api.example.com", 443, "::ffff:169.254.169.254"));
    cr_expect_not(allows(hosts, "[::1]", 443, "::1"));
}

Test(http_hosts, addresses_and_networks)
{
    static const char hosts[] = "127.0.0.1:8080 10.0.0.0/8 [fd00::]/8:443 [fe80::1] 0.0.0.0/0:1";
    cr_expect(allows(hosts, "localhost", 8080, "127.0.0.1"));
    cr_expect_not(allows(hosts, "localhost", 8081, "127.0.0.1"));
    cr_expect(allows(hosts, "anything", 99, "10.255.0.1"));
    cr_expect(allows(hosts, "anything", 99, "::ffff:10.255.0.1"));
    cr_expect_not(allows(hosts, "anything", 99, "11.0.0.1"));
    cr_expect(allows(hosts, "x", 443, "fdab::1"));
    cr_expect_not(allows(hosts, "x", 444, "fdab::1"));
    cr_expect(allows(hosts, "x", 5, "fe80::1"));
    cr_expect_not(allows(hosts, "x", 5, "fe80::2"));
    cr_expect(allows(hosts, "x", 1, "169.254.1.1"), "the address is listed");
    cr_expect_not(allows(hosts, "x", 1, "fe80::2"), "0.0.0.0/0 is of IPv4");
}

Test(http_hosts, localhost)
{
    cr_expect(allows("localhost:9", "localhost", 9, "127.0.0.1"));
    cr_expect(allows("localhost", "localhost", 9, "::1"));
    cr_expect_not(allows("localhost", "localhost", 9, "0.0.0.0"));
}

Test(http_hosts, what_is_wrong_in_a_list)
{
    static const char *const wrong[] = {
        "example.com:0", "example.com:65536", "example.com:x", "exa mple/8", "10.0.0.0/33", "[fd00::/8",
        "[fd00::]/129",  "[fd00::]x",         "http://a",      "*.",         "a*b",         "[example.com]",
        "10.0.0.0/",     "10.0.0.0/8:",       "ä.example",     "",
    };
    int size_bytes;
    for (size_t index = 0; wrong[index][0] != '\0'; index++)
        cr_expect_not_null(dsy_http_hosts_check(wrong[index], &size_bytes), "%s is taken", wrong[index]);
    const char *place = dsy_http_hosts_check("a.example, b.example:0, c", &size_bytes);
    cr_assert_not_null(place);
    cr_expect_eq(size_bytes, 11);
    cr_expect_arr_eq(place, "b.example:0", 11);
    cr_expect_null(dsy_http_hosts_check("*, a.b:1,[::1],[fd00::]/8 10.0.0.0/8:443\tlocalhost", &size_bytes));
    cr_expect_null(dsy_http_hosts_check(NULL, &size_bytes));
}
