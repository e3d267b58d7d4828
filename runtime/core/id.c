/* Ids of objects: their parts, and their text. PURE. */
#include "dsy/node.h"
#include "runtime/core/invocation.h"
#include "runtime/core/object.h"

dsy_uuid
dsy_address_id(struct address address)
{
    dsy_uuid id;
    id.octets[0] = (uint8_t)address.shard;
    for (int index = 0; index < 7; index++)
        id.octets[1 + index] = (uint8_t)((uint64_t)address.number >> (8 * (6 - index)));
    for (int index = 0; index < 8; index++)
        id.octets[8 + index] = (uint8_t)(address.secret >> (8 * (7 - index)));
    return id;
}

struct address
dsy_id_address(dsy_uuid id)
{
    struct address address = { .shard = id.octets[0] };
    uint64_t number = 0;
    for (int index = 0; index < 7; index++)
        number = number << 8 | id.octets[1 + index];
    address.number = (int64_t)number;
    for (int index = 0; index < 8; index++)
        address.secret = address.secret << 8 | id.octets[8 + index];
    return address;
}

dsy_uuid
dsy_invocation_id_of(uint32_t shard, int64_t number, uint64_t secret)
{
    return dsy_address_id((struct address){ .shard = shard, .number = number, .secret = secret });
}

void
dsy_invocation_id_split(dsy_uuid id, uint32_t *shard, int64_t *number, uint64_t *secret)
{
    struct address address = dsy_id_address(id);
    *shard = address.shard;
    *number = address.number;
    *secret = address.secret;
}

/* ---- text ---- */

void
dsy_id_format(dsy_uuid id, char text[37])
{
    static const char digits[] = "0123456789abcdef";
    char *place = text;
    for (int index = 0; index < 16; index++) {
        if (index == 4 || index == 6 || index == 8 || index == 10)
            *place++ = '-';
        *place++ = digits[id.octets[index] >> 4];
        *place++ = digits[id.octets[index] & 15];
    }
    *place = '\0';
}

static int
digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool
dsy_id_parse(const char *text, size_t text_bytes, dsy_uuid *id)
{
    if (text_bytes != 36)
        return false;
    size_t at = 0;
    for (int index = 0; index < 16; index++) {
        if (index == 4 || index == 6 || index == 8 || index == 10)
            if (text[at++] != '-')
                return false;
        int high = digit_value(text[at]), low = digit_value(text[at + 1]);
        if (high < 0 || low < 0)
            return false;
        id->octets[index] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}
