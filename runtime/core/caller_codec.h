/* What the encodings of messages and invocations have in common: who waits, octets, short texts. */
#ifndef DSY_CORE_CALLER_CODEC_H
#define DSY_CORE_CALLER_CODEC_H

#include "runtime/core/message.h"

void dsy_caller_write(struct dsy_cbor_writer *writer, const struct caller *caller);
struct caller dsy_caller_read(struct dsy_cbor_reader *reader);

/* Shard, number, await counter, slot: four items. */
struct watcher dsy_watcher_read(struct dsy_cbor_reader *reader);

void dsy_slice_write(struct dsy_cbor_writer *writer, struct dsy_slice slice); /* none is null */
struct dsy_slice dsy_slice_read(struct dsy_cbor_reader *reader);

enum { HOLDER_BYTES = 12 };

/* One holder of a key. */
void dsy_holder_write(uint8_t octets[HOLDER_BYTES], uint32_t shard, int64_t number);

/* The list of holders, of a size that is one. */
struct dsy_slice dsy_holders_read(struct dsy_cbor_reader *reader);

/* A reader of bytes that outlive what is read from them, so that texts and octets are not copied. */
struct dsy_cbor_reader dsy_stored_reader(const struct program *program, struct dsy_slice data, struct dsy_arena *arena);

/* The status of a reader that failed, and its message after `what` in reason (REASON_BYTES_MAX). */
enum dsy_status dsy_reader_failure(const struct dsy_cbor_reader *reader, const char *what, char *reason);

#endif
