/* Where std.http may connect to: the setting std.http.hosts, a list of names and addresses. Pure; no look-ups.
 *
 * Entries are separated by commas or blanks; a port may follow each, after ":":
 *   *                  every host
 *   api.example.com    that host
 *   *.example.com      those below it, not itself
 *   10.1.2.3, [fd00::5]            an address
 *   10.0.0.0/8, [fd00::]/8         a network
 *   localhost          127.0.0.0/8 and ::1
 *
 * What counts is the address to which a connection is made, so that no name can lead to another one. A name of the list
 * may stand for public and private addresses; for those of the machine itself, link-local ones (where clouds keep their
 * metadata) and other special ones the address itself must be listed. Without a list every public address is allowed.
 */
#ifndef DSY_STDLIB_HTTP_HOSTS_H
#define DSY_STDLIB_HTTP_HOSTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum http_address_kind {
    HTTP_ADDRESS_PUBLIC,
    HTTP_ADDRESS_PRIVATE, /* 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7 */
    HTTP_ADDRESS_SPECIAL, /* loopback, link-local, unspecified, multicast, documentation, reserved */
};

/* IPv4 addresses within IPv6 ones (mapped, translated, 6to4, Teredo's) count as what they hold. */
enum http_address_kind dsy_http_address_kind(const struct sockaddr *address);

/* Whether a list can be read. Returns NULL, or the first entry that is wrong, of *size_bytes octets. */
const char *dsy_http_hosts_check(const char *hosts, int *size_bytes);

/* Whether a connection for a URL with this host (a name or an address without brackets) and port may be made to this
 * address. hosts: the list, which was checked; NULL or "": there is none. */
bool dsy_http_hosts_allow(const char *hosts, const char *host, uint16_t port, const struct sockaddr *address);

#endif
