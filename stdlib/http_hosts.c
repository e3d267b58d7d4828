/* The list of hosts: see http_hosts.h. Each question reads the text anew; it is short. */
#include "stdlib/http_hosts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENTRY_BYTES_MAX = 256 };

/* An address of either family as 16 octets; IPv4 as ::ffff:a.b.c.d. */
struct octets {
    uint8_t bytes[16];
};

static const uint8_t MAPPED[12] = { [10] = 0xFF, [11] = 0xFF };

/* ---- kinds of addresses ---- */

struct range {
    uint8_t bytes[16];
    int bits;
    enum http_address_kind kind;
};

/* The first that fits counts. */
static const struct range ranges_of_four[] = {
    { { 0 }, 8, HTTP_ADDRESS_SPECIAL },             /* this network */
    { { 10 }, 8, HTTP_ADDRESS_PRIVATE },            /**/
    { { 100, 64 }, 10, HTTP_ADDRESS_PRIVATE },      /* of carriers */
    { { 127 }, 8, HTTP_ADDRESS_SPECIAL },           /* loopback */
    { { 169, 254 }, 16, HTTP_ADDRESS_SPECIAL },     /* link-local */
    { { 172, 16 }, 12, HTTP_ADDRESS_PRIVATE },      /**/
    { { 192, 0, 0 }, 24, HTTP_ADDRESS_SPECIAL },    /* protocol assignments */
    { { 192, 0, 2 }, 24, HTTP_ADDRESS_SPECIAL },    /* documentation */
    { { 192, 168 }, 16, HTTP_ADDRESS_PRIVATE },     /**/
    { { 198, 18 }, 15, HTTP_ADDRESS_SPECIAL },      /* measurements */
    { { 198, 51, 100 }, 24, HTTP_ADDRESS_SPECIAL }, /* documentation */
    { { 203, 0, 113 }, 24, HTTP_ADDRESS_SPECIAL },  /* documentation */
    { { 224 }, 3, HTTP_ADDRESS_SPECIAL },           /* multicast, reserved, broadcast */
};

static const struct range ranges_of_six[] = {
    { { 0xFD, 0x00, 0x0E, 0xC2 }, 32, HTTP_ADDRESS_SPECIAL }, /* metadata of a cloud: fd00:ec2::254 */
    { { 0xFC }, 7, HTTP_ADDRESS_PRIVATE },
    { { 0x20, 0x01, 0x0D, 0xB8 }, 32, HTTP_ADDRESS_SPECIAL }, /* documentation */
    { { 0x20 }, 3, HTTP_ADDRESS_PUBLIC },                     /* 2000::/3, all that is given out */
};

static bool
fits(const uint8_t *bytes, const uint8_t *network, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(bytes, network, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((bytes[whole] ^ network[whole]) >> (8 - rest)) == 0;
}

static enum http_address_kind
kind_of(const uint8_t *bytes, const struct range *ranges, size_t count, enum http_address_kind otherwise)
{
    for (size_t index = 0; index < count; index++)
        if (fits(bytes, ranges[index].bytes, ranges[index].bits))
            return ranges[index].kind;
    return otherwise;
}

static bool
octets_of(const struct sockaddr *address, struct octets *octets)
{
    if (address->sa_family == AF_INET) {
        memcpy(octets->bytes, MAPPED, sizeof MAPPED);
        memcpy(octets->bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        return true;
    }
    if (address->sa_family == AF_INET6)
        memcpy(octets->bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    return address->sa_family == AF_INET6;
}

/* The IPv4 address within an IPv6 one; NULL: there is none. Teredo's is the server's, and hides the client's. */
static const uint8_t *
embedded(const struct octets *octets)
{
    static const uint8_t translated[12] = { 0x00, 0x64, 0xFF, 0x9B };
    static const uint8_t compatible[12] = { 0 };
    if (memcmp(octets->bytes, MAPPED, 12) == 0 || memcmp(octets->bytes, translated, 12) == 0)
        return octets->bytes + 12;
    if (memcmp(octets->bytes, compatible, 12) == 0)
        return octets->bytes + 12; /* ::, ::1 and what was once IPv4-compatible: all within 0.0.0.0/8, or special */
    return octets->bytes[0] == 0x20 && octets->bytes[1] == 0x02 ? octets->bytes + 2 : NULL;
}

enum http_address_kind
dsy_http_address_kind(const struct sockaddr *address)
{
    struct octets octets;
    if (!octets_of(address, &octets))
        return HTTP_ADDRESS_SPECIAL;
    const uint8_t *four = embedded(&octets);
    if (four != NULL)
        return kind_of(four, ranges_of_four, sizeof ranges_of_four / sizeof *ranges_of_four, HTTP_ADDRESS_PUBLIC);
    static const uint8_t teredo[4] = { 0x20, 0x01 };
    static const uint8_t translated_locally[6] = { 0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01 };
    if (memcmp(octets.bytes, teredo, 4) == 0 || memcmp(octets.bytes, translated_locally, 6) == 0)
        return HTTP_ADDRESS_SPECIAL;
    return kind_of(octets.bytes, ranges_of_six, sizeof ranges_of_six / sizeof *ranges_of_six, HTTP_ADDRESS_SPECIAL);
}

/* ---- entries ---- */

struct entry {
    char name[ENTRY_BYTES_MAX]; /* "*", "*.suffix", a name; "": it is a network */
    struct octets network;
    int bits;
    uint16_t port; /* 0: any */
    bool is_localhost;
};

static bool
read_number(const char *text, long most, long *number)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    *number = strtol(text, &end, 10);
    return *end == '\0' && *number <= most;
}

/* "10.0.0.0" or "fd00::", with as many bits as its family has. */
static bool
read_address(const char *text, struct entry *entry)
{
    entry->bits = 128;
    if (inet_pton(AF_INET6, text, entry->network.bytes) == 1)
        return true;
    memcpy(entry->network.bytes, MAPPED, sizeof MAPPED);
    return inet_pton(AF_INET, text, entry->network.bytes + 12) == 1;
}

static bool
is_name(const char *text)
{
    if (strcmp(text, "*") == 0)
        return true;
    if (strncmp(text, "*.", 2) == 0)
        text += 2;
    for (const char *next = text; *next != '\0'; next++)
        if (!isalnum((unsigned char)*next) && *next != '-' && *next != '.' && *next != '_')
            return false;
    return *text != '\0' && *text != '.';
}

/* "[fd00::]/8:443", "10.0.0.0/8", "api.example.com:8443". text is taken apart. */
static bool
read_entry(char *text, struct entry *entry)
{
    char *rest = NULL, *host = text;
    long number = 0;
    bool has_brackets = *text == '[';
    *entry = (struct entry){ 0 };
    if (has_brackets) {
        host = text + 1;
        rest = strchr(host, ']');
        if (rest == NULL)
            return false;
        *rest++ = '\0';
    } else {
        rest = strpbrk(text, "/:");
    }
    char separator = '\0';
    if (rest != NULL) {
        separator = *rest;
        *rest = '\0';
        rest += separator != '\0' ? 1 : 0;
    }
    char *bits = separator == '/' ? rest : NULL;
    char *port = separator == ':' ? rest : NULL;
    if (bits != NULL && (port = strchr(bits, ':')) != NULL)
        *port++ = '\0';
    if (separator != '\0' && separator != '/' && separator != ':')
        return false;
    if (port != NULL && (!read_number(port, UINT16_MAX, &number) || number == 0))
        return false;
    entry->port = port != NULL ? (uint16_t)number : 0;
    bool is_address = read_address(host, entry);
    if (bits != NULL) {
        bool is_four = strchr(host, ':') == NULL;
        if (!is_address || !read_number(bits, is_four ? 32 : 128, &number))
            return false;
        entry->bits = (int)number + (is_four ? 96 : 0);
    }
    if (is_address)
        return true;
    if (has_brackets || !is_name(host))
        return false;
    entry->is_localhost = strcasecmp(host, "localhost") == 0;
    strcpy(entry->name, host);
    return true;
}

/* The next entry of a list, from *place on, which moves on. Returns false at the end; *is_valid: it could be read. */
static bool
next_entry(const char **place, struct entry *entry, bool *is_valid, int *size_bytes)
{
    static const char separators[] = ", \t\r\n";
    char text[ENTRY_BYTES_MAX];
    *place += strspn(*place, separators);
    size_t length = strcspn(*place, separators);
    *size_bytes = (int)length;
    if (length == 0)
        return false;
    *is_valid = length < sizeof text;
    if (*is_valid) {
        memcpy(text, *place, length);
        text[length] = '\0';
        *is_valid = read_entry(text, entry);
    }
    *place += length;
    return true;
}

const char *
dsy_http_hosts_check(const char *hosts, int *size_bytes)
{
    struct entry entry;
    bool is_valid;
    for (const char *place = hosts; place != NULL && next_entry(&place, &entry, &is_valid, size_bytes);)
        if (!is_valid)
            return place - *size_bytes;
    return NULL;
}

/* ---- what is allowed ---- */

static bool
name_fits(const char *pattern, const char *host)
{
    size_t host_bytes = strlen(host), pattern_bytes = strlen(pattern);
    if (host_bytes > 0 && host[host_bytes - 1] == '.')
        host_bytes--; /* the root, which may be written */
    if (strcmp(pattern, "*") == 0)
        return true;
    if (strncmp(pattern, "*.", 2) != 0)
        return host_bytes == pattern_bytes && strncasecmp(host, pattern, host_bytes) == 0;
    pattern++;
    pattern_bytes--;
    return host_bytes > pattern_bytes && strncasecmp(host + host_bytes - pattern_bytes, pattern, pattern_bytes) == 0;
}

static bool
is_loopback(const struct octets *octets)
{
    static const uint8_t one[16] = { [15] = 1 };
    return memcmp(octets->bytes, one, 16) == 0 || (memcmp(octets->bytes, MAPPED, 12) == 0 && octets->bytes[12] == 127);
}

bool
dsy_http_hosts_allow(const char *hosts, const char *host, uint16_t port, const struct sockaddr *address)
{
    struct octets octets;
    enum http_address_kind kind = dsy_http_address_kind(address);
    struct entry entry;
    bool is_valid, has_entries = false;
    int size_bytes;
    if (!octets_of(address, &octets))
        return false;
    for (const char *place = hosts; place != NULL && next_entry(&place, &entry, &is_valid, &size_bytes);) {
        has_entries = true;
        if (!is_valid || (entry.port != 0 && entry.port != port))
            continue;
        if (entry.is_localhost && is_loopback(&octets))
            return true;
        if (entry.name[0] == '\0' && fits(octets.bytes, entry.network.bytes, entry.bits))
            return true;
        if (entry.name[0] != '\0' && kind != HTTP_ADDRESS_SPECIAL && name_fits(entry.name, host))
            return true;
    }
    return !has_entries && kind == HTTP_ADDRESS_PUBLIC;
}
