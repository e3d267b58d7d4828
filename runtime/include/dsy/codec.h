/* The two encodings of values: CBOR for what is stored and sent between services, JSON for the border. */
#ifndef DSY_CODEC_H
#define DSY_CODEC_H

#include "dsy/cbor.h"
#include "dsy/json.h"

#endif
