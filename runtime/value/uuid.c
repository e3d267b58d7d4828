/* uuid: 128 bits, printed as 8-4-4-4-12 hexadecimal digits (RFC 9562). */
#include "dsy/text.h"
#include "runtime/value/scalar.h"

enum { TEXT_BYTES = 36 };

static bool
is_dash_position(size_t index)
{
    return index == 8 || index == 13 || index == 18 || index == 23;
}

static int
hexadecimal_value(char digit)
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
dsy_uuid_parse(dsy_string text, dsy_uuid *value)
{
    if (text.size_bytes != TEXT_BYTES)
        return false;
    dsy_uuid uuid = { { 0 } };
    size_t digit = 0;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        if (is_dash_position(i)) {
            if (text.data[i] != '-')
                return false;
            continue;
        }
        int half = hexadecimal_value(text.data[i]);
        if (half < 0)
            return false;
        uuid.octets[digit / 2] = (uint8_t)(uuid.octets[digit / 2] << 4 | half);
        digit++;
    }
    *value = uuid;
    return true;
}

dsy_string
dsy_uuid_text(dsy_uuid value, char *scratch)
{
    size_t digit = 0;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        if (is_dash_position(i)) {
            scratch[i] = '-';
            continue;
        }
        unsigned octet = value.octets[digit / 2];
        scratch[i] = "0123456789abcdef"[digit % 2 == 0 ? octet >> 4 : octet & 15];
        digit++;
    }
    return (dsy_string){ .data = scratch, .size_bytes = TEXT_BYTES };
}

dsy_uuid
dsy_uuid_from_string(struct dsy_run *run, dsy_string text)
{
    dsy_uuid value = { { 0 } };
    if (!dsy_uuid_parse(text, &value))
        dsy_throw_invalid_value(run, text, "a uuid of 8-4-4-4-12 hexadecimal digits");
    return value;
}

dsy_string
dsy_uuid_to_string(struct dsy_run *run, dsy_uuid value)
{
    char scratch[DSY_PRINT_BYTES_MAX];
    return dsy_string_copy(run, dsy_uuid_text(value, scratch));
}

static bool
uuid_equal(struct dsy_run *run, const void *left, const void *right)
{
    (void)run;
    return dsy_uuid_equal(*(const dsy_uuid *)left, *(const dsy_uuid *)right);
}

static int
uuid_compare(const void *left, const void *right)
{
    return dsy_uuid_compare(*(const dsy_uuid *)left, *(const dsy_uuid *)right);
}

static uint64_t
uuid_hash(const void *value, uint64_t seed)
{
    return dsy_hash(value, sizeof(dsy_uuid), seed);
}

static bool
uuid_parse(dsy_string text, void *value)
{
    return dsy_uuid_parse(text, value);
}

DSY_DESCRIBE_SCALAR(uuid, dsy_uuid, "uuid", uuid_hash, uuid_parse)
