/* Keys: type, octets, text, place. */
#include "runtime/core/instance_key.h"

#include <string.h>

#include "dsy/text.h"
#include "runtime/base/digest.h"
#include "runtime/core/core_limits.h"

enum { KEY_SLACK_BYTES = 16 }; /* what a writer reserves beyond what it needs */

/* Room for a value of any type that a key may have. */
union key_value {
    dsy_string string;
    uint64_t integer;
    dsy_uuid uuid;
};

bool
dsy_instance_key_type_fits(const struct dsy_type *type)
{
    static const struct dsy_type *const types[] = {
        &dsy_type_string, &dsy_type_uuid,  &dsy_type_int8,   &dsy_type_int16,  &dsy_type_int32,
        &dsy_type_int64,  &dsy_type_uint8, &dsy_type_uint16, &dsy_type_uint32, &dsy_type_uint64,
    };
    for (size_t index = 0; index < sizeof types / sizeof *types; index++)
        if (types[index] == type)
            return true;
    return false;
}

enum dsy_status
dsy_instance_key_encode(const struct dsy_service_type *service, const void *value, struct dsy_buffer *buffer)
{
    size_t start = buffer->size_bytes;
    struct dsy_cbor_writer writer = dsy_cbor_writer_begin(buffer);
    service->key->write_cbor(&writer, value);
    enum dsy_status status = dsy_cbor_writer_status(&writer);
    if (status != DSY_OK)
        return status;
    return buffer->size_bytes - start <= INSTANCE_KEY_BYTES_MAX ? DSY_OK : DSY_FULL;
}

bool
dsy_instance_key_decode(const struct dsy_service_type *service, struct dsy_slice key, void *value)
{
    uint8_t again[INSTANCE_KEY_BYTES_MAX + KEY_SLACK_BYTES];
    if (key.data == NULL || key.size_bytes == 0 || key.size_bytes > INSTANCE_KEY_BYTES_MAX)
        return false;
    struct dsy_cbor_reader reader = dsy_cbor_reader_begin(key.data, key.size_bytes, NULL);
    reader.borrow = true;
    memset(value, 0, service->key->size_bytes);
    service->key->read_cbor(&reader, value);
    if (!dsy_cbor_reader_end(&reader))
        return false;
    /* Not on the heap: that memory ran out says nothing about the key. It is as large as it may become. */
    struct dsy_buffer buffer = { .data = again, .capacity_bytes = sizeof again, .size_bytes_max = sizeof again };
    return dsy_instance_key_encode(service, value, &buffer) == DSY_OK && buffer.size_bytes == key.size_bytes &&
           memcmp(again, key.data, key.size_bytes) == 0;
}

enum dsy_status
dsy_instance_key_parse(const struct dsy_service_type *service, const char *text, size_t text_bytes,
                       struct dsy_buffer *buffer, struct dsy_error *error)
{
    enum { SHOWN_BYTES_MAX = 80 };
    union key_value value = { .integer = 0 };
    size_t good_bytes = dsy_utf8_check(text, text_bytes);
    if (good_bytes != text_bytes)
        return dsy_error_set(error, DSY_INVALID, "The key %s of %s is not UTF-8 at octet %zu", service->key_name,
                             service->name, good_bytes);
    if (!service->key->parse((dsy_string){ .data = text, .size_bytes = (int64_t)text_bytes }, &value)) {
        size_t shown_bytes = dsy_utf8_check(text, text_bytes < SHOWN_BYTES_MAX ? text_bytes : SHOWN_BYTES_MAX);
        return dsy_error_set(error, DSY_INVALID, "The key %s of %s is of type %s, and '%.*s'%s is not",
                             service->key_name, service->name, service->key->name, (int)shown_bytes, text,
                             shown_bytes < text_bytes ? "…" : "");
    }
    enum dsy_status status = dsy_instance_key_encode(service, &value, buffer);
    if (status == DSY_FULL)
        return dsy_error_set(error, DSY_INVALID, "The key %s of %s is longer than %d octets", service->key_name,
                             service->name, INSTANCE_KEY_BYTES_MAX);
    return status == DSY_OK ? DSY_OK : dsy_error_set(error, status, "memory ran out");
}

struct instance_place
dsy_instance_place(const struct dsy_service_type *service, struct dsy_slice key, uint32_t shard_count)
{
    struct dsy_digest digest;
    uint8_t result[DSY_DIGEST_BYTES];
    dsy_digest_begin(&digest);
    dsy_digest_add(&digest, service->name, strlen(service->name) + 1);
    dsy_digest_add(&digest, key.data, key.size_bytes);
    dsy_digest_end(&digest, result);
    return (struct instance_place){
        .shard = (uint32_t)(dsy_digest_word(result + DSY_DIGEST_BYTES - 8) % shard_count),
        .number = (int64_t)(dsy_digest_word(result) >> 2 | UINT64_C(1) << 62),
    };
}
