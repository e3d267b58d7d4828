/* Keys of keyed services: their encoding, their text, and where the instance of a key lives. PURE.
 *
 * A key is one CBOR item (RFC 8949): of a string, an integer or a uuid, written in the one way in which the codecs
 * write it, so that equal keys are equal octets.
 *
 * The instance's shard and number come from SHA-256 of `service name | 0 | key`: the shard from the last 8 octets, in
 * every placement; the number is 2^62 plus 62 bits of the first 8, which no object that is numbered by counting has.
 * So an instance is found without an index, and nobody can choose keys that meet. Those that meet all the same share
 * a row (instance.h). */
#ifndef DSY_CORE_INSTANCE_KEY_H
#define DSY_CORE_INSTANCE_KEY_H

#include "dsy/generated.h"
#include "dsy/store.h"

/* Whether keys may be of this type. */
bool dsy_instance_key_type_fits(const struct dsy_type *type);

/* Append the encoding of a key.
 * value  of the type service->key
 * Returns DSY_FULL when it is longer than INSTANCE_KEY_BYTES_MAX, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_instance_key_encode(const struct dsy_service_type *service, const void *value,
                                        struct dsy_buffer *buffer);

/* Decode a key, which outlives the value: a string refers to it.
 * Returns false when it is none of this service: damaged, too long, or not written in the one way. */
bool dsy_instance_key_decode(const struct dsy_service_type *service, struct dsy_slice key, void *value);

/* Read a key as people write it, in a path or on a command line, and append its encoding.
 * error  says which key is wrong, and what it should be
 * Returns DSY_INVALID, DSY_NO_MEMORY. */
DSY_MUST_USE
enum dsy_status dsy_instance_key_parse(const struct dsy_service_type *service, const char *text, size_t text_bytes,
                                       struct dsy_buffer *buffer, struct dsy_error *error);

struct instance_place {
    uint32_t shard;
    int64_t number;
};

struct instance_place dsy_instance_place(const struct dsy_service_type *service, struct dsy_slice key,
                                         uint32_t shard_count);

/* Whether an object of this number is instances of keyed services. */
static inline bool
dsy_number_is_of_instances(int64_t number)
{
    return number >= INT64_C(1) << 62;
}

#endif
