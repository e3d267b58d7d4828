/* Seal: the head of everything that is stored or sent, by which damage is known before anything is decoded.
 * Octets: version u8 | size of what follows the head u32 | its checksum u32, the low half of XXH64; little end first.
 */
#ifndef DSY_CORE_SEAL_H
#define DSY_CORE_SEAL_H

#include "dsy/buffer.h"
#include "dsy/store.h"

enum { SEAL_BYTES = 9 };

/* Append a head that dsy_seal_end fills in. Returns where it begins. */
size_t dsy_seal_begin(struct dsy_buffer *buffer, uint8_t version);

/* All that follows the head at `start` is written: fill in size and checksum. Nothing happens when the buffer failed.
 */
void dsy_seal_end(struct dsy_buffer *buffer, size_t start);

/* Check a head.
 *
 * what     begins the reason: "its row"
 * content  receives what follows the head
 * reason   receives why it is damaged: REASON_BYTES_MAX
 * Returns DSY_CORRUPT when it is. */
DSY_MUST_USE
enum dsy_status dsy_seal_open(struct dsy_slice sealed, uint8_t version, const char *what, struct dsy_slice *content,
                              char *reason);

#endif
