/* Bytes → requests. Relies on llhttp for the grammar of the request line and the header fields; no I/O.
 *
 * A head is gathered whole, line ends checked byte by byte, and given to llhttp at once, so that every slice of it
 * stands in one buffer. What frames the body (Content-Length, Transfer-Encoding) is decided here, from the fields
 * themselves, and bodies are read here: a proxy and this server must never disagree about where a request ends.
 *
 * Chunked body (RFC 9112, 7.1): 1*HEX [; extension] CRLF octets CRLF … 0 CRLF *(trailer CRLF) CRLF. Extensions and
 * trailers are read and dropped. */
#include "runtime/transport/http_request.h"

#include "dsy/buffer.h"

#include <llhttp/llhttp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An empty line before the request line is from an old client's habit; one is forgiven (RFC 9112, 2.2). */
#define EMPTY_LINES_MAX 1

enum phase {
    PHASE_HEAD,
    PHASE_LENGTH_BODY,
    PHASE_CHUNK_SIZE,
    PHASE_CHUNK_EXTENSION,
    PHASE_CHUNK_SIZE_LF,
    PHASE_CHUNK_DATA,
    PHASE_CHUNK_DATA_CR,
    PHASE_CHUNK_DATA_LF,
    PHASE_TRAILER,
    PHASE_DONE,
    PHASE_REFUSED,
};

struct dsy_http_parser {
    size_t head_bytes_max, body_bytes_max;
    enum phase phase;
    bool wants_continue; /* "100 Continue" has not been asked for yet */
    struct dsy_buffer head, body;
    /* the line that is being read, in the head and in trailers */
    size_t line_size_bytes; /* without CR and LF */
    char previous;
    unsigned empty_line_count;
    size_t framing_bytes;     /* chunk sizes, extensions, trailers of this body */
    uint64_t remaining_bytes; /* of the body, or of the chunk */
    bool chunk_size_has_digit;
    int refusal_status;
    const char *refusal;
    struct dsy_http_request request;
    struct dsy_http_header headers[DSY_HTTP_HEADERS_MAX];
    /* what llhttp tells while it reads the head */
    struct dsy_http_slice target;
    bool is_head_read, has_too_many_headers;
    unsigned char version_major, version_minor;
    llhttp_t grammar;
};

static enum dsy_http_parse
refuse(struct dsy_http_parser *parser, int status, const char *sentence)
{
    parser->phase = PHASE_REFUSED;
    parser->refusal_status = status;
    parser->refusal = sentence;
    return DSY_HTTP_REFUSED;
}

/* ---- what llhttp calls ---- */

/* llhttp may hand out one text in several pieces, but always of the same buffer, each after the other. */
static void
slice_extend(struct dsy_http_slice *slice, const char *at, size_t size_bytes)
{
    if (slice->data == NULL)
        slice->data = at;
    slice->size_bytes = (size_t)(at - slice->data) + size_bytes;
}

static int
on_target(llhttp_t *grammar, const char *at, size_t size_bytes)
{
    struct dsy_http_parser *parser = grammar->data;
    slice_extend(&parser->target, at, size_bytes);
    return 0;
}

static int
on_header_name(llhttp_t *grammar, const char *at, size_t size_bytes)
{
    struct dsy_http_parser *parser = grammar->data;
    struct dsy_http_request *request = &parser->request;
    if (request->header_count > 0) {
        struct dsy_http_header *last = &parser->headers[request->header_count - 1];
        if (last->value.data == NULL && last->name.data + last->name.size_bytes == at) {
            slice_extend(&last->name, at, size_bytes);
            return 0;
        }
    }
    if (request->header_count == DSY_HTTP_HEADERS_MAX) {
        parser->has_too_many_headers = true;
        return -1;
    }
    parser->headers[request->header_count++] = (struct dsy_http_header){ .name = { at, size_bytes } };
    return 0;
}

static int
on_header_value(llhttp_t *grammar, const char *at, size_t size_bytes)
{
    struct dsy_http_parser *parser = grammar->data;
    if (parser->request.header_count == 0)
        return -1;
    slice_extend(&parser->headers[parser->request.header_count - 1].value, at, size_bytes);
    return 0;
}

static int
on_headers_complete(llhttp_t *grammar)
{
    struct dsy_http_parser *parser = grammar->data;
    parser->is_head_read = true;
    parser->version_major = grammar->http_major;
    parser->version_minor = grammar->http_minor;
    parser->request.keep_alive = llhttp_should_keep_alive(grammar) != 0;
    return 1; /* llhttp shall look for no body */
}

static const llhttp_settings_t grammar_settings = {
    .on_url = on_target,
    .on_header_field = on_header_name,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
};

/* ---- the parser's memory ---- */

struct dsy_http_parser *
dsy_http_parser_new(const struct dsy_http_limits *limits)
{
    struct dsy_http_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL)
        return NULL;
    parser->head_bytes_max = limits->head_bytes_max;
    parser->body_bytes_max = limits->body_bytes_max;
    dsy_buffer_init(&parser->head, limits->head_bytes_max);
    dsy_buffer_init(&parser->body, limits->body_bytes_max);
    dsy_http_parser_next(parser);
    return parser;
}

void
dsy_http_parser_free(struct dsy_http_parser *parser)
{
    if (parser == NULL)
        return;
    dsy_buffer_destroy(&parser->head);
    dsy_buffer_destroy(&parser->body);
    free(parser);
}

/* Empty; what grew for one large request is given back. */
static void
buffer_recycle(struct dsy_buffer *buffer)
{
    if (buffer->capacity_bytes > DSY_HTTP_KEPT_BYTES_MAX)
        dsy_buffer_destroy(buffer);
    dsy_buffer_clear(buffer);
}

void
dsy_http_parser_next(struct dsy_http_parser *parser)
{
    buffer_recycle(&parser->head);
    buffer_recycle(&parser->body);
    parser->phase = PHASE_HEAD;
    parser->wants_continue = false;
    parser->line_size_bytes = 0;
    parser->previous = 0;
    parser->empty_line_count = 0;
    parser->framing_bytes = 0;
    parser->remaining_bytes = 0;
    parser->refusal_status = 0;
    parser->refusal = NULL;
    parser->request = (struct dsy_http_request){ .headers = parser->headers };
}

/* ---- the head ---- */

static bool
is_token_octet(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') ||
           (octet != 0 && strchr("!#$%&'*+-.^_`|~", octet) != NULL);
}

static enum dsy_http_method
method_of(uint8_t grammar_method)
{
    switch (grammar_method) {
    case HTTP_GET: return DSY_HTTP_GET;
    case HTTP_HEAD: return DSY_HTTP_HEAD;
    case HTTP_POST: return DSY_HTTP_POST;
    case HTTP_PUT: return DSY_HTTP_PUT;
    case HTTP_PATCH: return DSY_HTTP_PATCH;
    case HTTP_DELETE: return DSY_HTTP_DELETE;
    case HTTP_OPTIONS: return DSY_HTTP_OPTIONS;
    default: return DSY_HTTP_OTHER;
    }
}

/* origin-form "/path?query", absolute-form "http://host/path?query" (what a client says to a proxy; RFC 9112, 3.2.2),
 * or "*". */
static bool
read_target(struct dsy_http_parser *parser)
{
    struct dsy_http_slice target = parser->target;
    for (size_t index = 0; index < target.size_bytes; index++) {
        unsigned char octet = (unsigned char)target.data[index];
        if (octet <= ' ' || octet >= 0x7F || octet == '#')
            return false;
    }
    if (target.size_bytes >= 7 && strncasecmp(target.data, "http://", 7) == 0) {
        const char *slash = memchr(target.data + 7, '/', target.size_bytes - 7);
        if (slash == NULL)
            target = (struct dsy_http_slice){ "/", 1 };
        else
            target = (struct dsy_http_slice){ slash, target.size_bytes - (size_t)(slash - target.data) };
    }
    if (target.size_bytes == 0 || (target.data[0] != '/' && !dsy_http_slice_is(target, "*")))
        return false;
    parser->request.query = target;
    parser->request.path = dsy_http_slice_cut(&parser->request.query, '?');
    return true;
}

static bool
is_host(struct dsy_http_slice value)
{
    for (size_t index = 0; index < value.size_bytes; index++) {
        char octet = value.data[index];
        if (!is_token_octet(octet) && strchr(":[](),;=", octet) == NULL)
            return false;
    }
    return true;
}

/* All decimal digits; a number that is too large for 64 bits becomes UINT64_MAX. */
static bool
read_content_length(struct dsy_http_slice value, uint64_t *length_bytes)
{
    uint64_t result = 0;
    if (value.size_bytes == 0)
        return false;
    for (size_t index = 0; index < value.size_bytes; index++) {
        if (value.data[index] < '0' || value.data[index] > '9')
            return false;
        uint64_t digit = (uint64_t)(value.data[index] - '0');
        if (result > (UINT64_MAX - digit) / 10)
            result = UINT64_MAX;
        else
            result = result * 10 + digit;
    }
    *length_bytes = result;
    return true;
}

/* The fields that say who is meant and where the body ends. */
struct framing {
    unsigned host_count, length_count, coding_count;
    struct dsy_http_slice length, coding;
    bool expects_continue, expects_other, has_bad_name, has_bad_host;
};

static struct framing
read_framing_headers(struct dsy_http_parser *parser)
{
    struct framing framing = { 0 };
    for (size_t index = 0; index < parser->request.header_count; index++) {
        struct dsy_http_header *header = &parser->headers[index];
        header->value = dsy_http_slice_trim(header->value);
        if (header->name.size_bytes == 0)
            framing.has_bad_name = true;
        for (size_t octet = 0; octet < header->name.size_bytes; octet++)
            framing.has_bad_name |= !is_token_octet(header->name.data[octet]);
        if (dsy_http_slice_is_nocase(header->name, "host")) {
            framing.host_count++;
            framing.has_bad_host |= !is_host(header->value);
        } else if (dsy_http_slice_is_nocase(header->name, "content-length")) {
            framing.length_count++;
            framing.length = header->value;
        } else if (dsy_http_slice_is_nocase(header->name, "transfer-encoding")) {
            framing.coding_count++;
            framing.coding = header->value;
        } else if (dsy_http_slice_is_nocase(header->name, "expect")) {
            if (dsy_http_slice_is_nocase(header->value, "100-continue"))
                framing.expects_continue = true;
            else
                framing.expects_other = true;
        }
    }
    return framing;
}

/* Where the body ends: sets the phase that reads it. */
static enum dsy_http_parse
begin_body(struct dsy_http_parser *parser, const struct framing *framing)
{
    uint64_t length_bytes = 0;
    bool is_1_0 = parser->version_minor == 0;
    if (framing->coding_count > 0 && framing->length_count > 0)
        return refuse(parser, 400, "A request has Content-Length or Transfer-Encoding, not both.");
    if (framing->coding_count > 1 || framing->length_count > 1)
        return refuse(parser, 400, "Content-Length and Transfer-Encoding may stand only once.");
    if (framing->coding_count > 0 && is_1_0)
        return refuse(parser, 400, "HTTP/1.0 has no Transfer-Encoding.");
    if (framing->coding_count > 0 && !dsy_http_slice_is_nocase(framing->coding, "chunked"))
        return refuse(parser, 501, "The only Transfer-Encoding that is known here is \"chunked\".");
    if (framing->length_count > 0 && !read_content_length(framing->length, &length_bytes))
        return refuse(parser, 400, "Content-Length is a decimal number.");
    if (framing->expects_other)
        return refuse(parser, 417, "The only expectation that is known here is \"100-continue\".");
    if (length_bytes > parser->body_bytes_max)
        return refuse(parser, 413, "The body is larger than this server takes.");

    parser->remaining_bytes = length_bytes;
    if (framing->coding_count > 0) {
        parser->phase = PHASE_CHUNK_SIZE;
        parser->chunk_size_has_digit = false;
    } else {
        parser->phase = length_bytes > 0 ? PHASE_LENGTH_BODY : PHASE_DONE;
    }
    parser->wants_continue = framing->expects_continue && !is_1_0 && parser->phase != PHASE_DONE;
    return parser->phase == PHASE_DONE ? DSY_HTTP_READY : DSY_HTTP_MORE;
}

/* Whether the first line reads "METHOD TARGET HTTP/…", with a method of any name. */
static bool
has_request_line(const struct dsy_http_parser *parser)
{
    struct dsy_http_slice line = { (const char *)parser->head.data, parser->head.size_bytes };
    line = dsy_http_slice_cut(&line, '\r');
    struct dsy_http_slice method = dsy_http_slice_cut(&line, ' ');
    dsy_http_slice_cut(&line, ' ');
    bool is_token = method.size_bytes > 0;
    for (size_t index = 0; index < method.size_bytes; index++)
        is_token &= is_token_octet(method.data[index]);
    return is_token && line.size_bytes > 5 && memcmp(line.data, "HTTP/", 5) == 0;
}

static enum dsy_http_parse
refuse_grammar(struct dsy_http_parser *parser, llhttp_errno_t error)
{
    if (parser->has_too_many_headers)
        return refuse(parser, 431, "The request has more header fields than this server takes.");
    switch ((int)error) {
    case HPE_INVALID_METHOD:
        if (!has_request_line(parser))
            return refuse(parser, 400, "The bytes are no HTTP request.");
        return refuse(parser, 501, "This method is not known here.");
    case HPE_PAUSED_H2_UPGRADE:
    case HPE_INVALID_VERSION: return refuse(parser, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
    case HPE_INVALID_URL: return refuse(parser, 400, "The request's target is not a path.");
    case HPE_INVALID_CONTENT_LENGTH: return refuse(parser, 400, "Content-Length is a decimal number.");
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return refuse(parser, 400, "Content-Length may stand only once, and not beside Transfer-Encoding.");
    default: return refuse(parser, 400, "The request line or a header field is malformed.");
    }
}

/* The head's bytes are all there. */
static enum dsy_http_parse
read_head(struct dsy_http_parser *parser)
{
    parser->target = (struct dsy_http_slice){ 0 };
    parser->is_head_read = parser->has_too_many_headers = false;
    llhttp_init(&parser->grammar, HTTP_REQUEST, &grammar_settings);
    parser->grammar.data = parser;
    llhttp_errno_t error = llhttp_execute(&parser->grammar, (const char *)parser->head.data, parser->head.size_bytes);
    if (!parser->is_head_read)
        return refuse_grammar(parser, error);
    if (parser->version_major != 1 || parser->version_minor > 1)
        return refuse(parser, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
    parser->request.method = method_of(parser->grammar.method);
    if (!read_target(parser))
        return refuse(parser, 400, "The request's target is not a path.");

    struct framing framing = read_framing_headers(parser);
    if (framing.has_bad_name)
        return refuse(parser, 400, "A header field's name has a character that does not belong there.");
    if (framing.host_count > 1 || (framing.host_count == 0 && parser->version_minor == 1))
        return refuse(parser, 400, "A request names its Host exactly once.");
    if (framing.has_bad_host)
        return refuse(parser, 400, "Host is not a host's name.");
    return begin_body(parser, &framing);
}

/* Check one octet of the lines of a head or trailer. Returns NULL, or what is wrong with it. */
static const char *
check_line_octet(struct dsy_http_parser *parser, char octet)
{
    if (octet == 0)
        return "A NUL stands in the head.";
    if (parser->previous == '\r' && octet != '\n')
        return "A carriage return stands alone.";
    if (octet == '\n' && parser->previous != '\r')
        return "A line feed stands alone.";
    return NULL;
}

/* Gather the head up to its empty line. */
static enum dsy_http_parse
feed_head(struct dsy_http_parser *parser, const char *bytes, size_t size_bytes, size_t *taken_bytes)
{
    size_t index = 0;
    bool is_whole = false;
    while (index < size_bytes && !is_whole) {
        char octet = bytes[index];
        const char *wrong = check_line_octet(parser, octet);
        if (wrong != NULL)
            return refuse(parser, 400, wrong);
        bool is_at_line_start = parser->line_size_bytes == 0 && octet != '\r' && octet != '\n';
        if (is_at_line_start && (octet == ' ' || octet == '\t'))
            return refuse(parser, 400, "A header line is folded, or white space stands before it.");
        if (octet == '\n' && parser->line_size_bytes == 0) {
            /* The empty line: the head's end, or a line before the request line, which is dropped. */
            is_whole = parser->head.size_bytes + index + 1 > 2 * ((size_t)parser->empty_line_count + 1);
            if (!is_whole && ++parser->empty_line_count > EMPTY_LINES_MAX)
                return refuse(parser, 400, "Empty lines stand before the request line.");
        }
        if (octet == '\n')
            parser->line_size_bytes = 0;
        else if (octet != '\r')
            parser->line_size_bytes++;
        parser->previous = octet;
        index++;
    }
    if (parser->head.size_bytes + index > parser->head_bytes_max)
        return refuse(parser, 431, "The request's head is larger than this server takes.");
    dsy_buffer_append(&parser->head, bytes, index);
    if (parser->head.status != DSY_OK)
        return refuse(parser, 500, "Out of memory.");
    *taken_bytes += index;
    return is_whole ? read_head(parser) : DSY_HTTP_MORE;
}

/* ---- the body ---- */

static int
hexadecimal_digit(char octet)
{
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    if (octet >= 'a' && octet <= 'f')
        return octet - 'a' + 10;
    if (octet >= 'A' && octet <= 'F')
        return octet - 'A' + 10;
    return -1;
}

/* Octets of the body itself. */
static enum dsy_http_parse
feed_data(struct dsy_http_parser *parser, const char *bytes, size_t size_bytes, size_t *taken_bytes)
{
    size_t part_bytes = size_bytes < parser->remaining_bytes ? size_bytes : (size_t)parser->remaining_bytes;
    dsy_buffer_append(&parser->body, bytes, part_bytes);
    if (parser->body.status != DSY_OK)
        return refuse(parser, 500, "Out of memory.");
    *taken_bytes += part_bytes;
    parser->remaining_bytes -= part_bytes;
    if (parser->remaining_bytes == 0)
        parser->phase = parser->phase == PHASE_CHUNK_DATA ? PHASE_CHUNK_DATA_CR : PHASE_DONE;
    return DSY_HTTP_MORE;
}

/* One octet of a chunk's first line, up to its CR. */
static enum dsy_http_parse
feed_chunk_size(struct dsy_http_parser *parser, char octet)
{
    int digit = hexadecimal_digit(octet);
    if (digit >= 0) {
        if (parser->remaining_bytes > UINT64_MAX >> 8)
            return refuse(parser, 413, "The body is larger than this server takes.");
        parser->remaining_bytes = parser->remaining_bytes * 16 + (uint64_t)digit;
        parser->chunk_size_has_digit = true;
    } else if (!parser->chunk_size_has_digit) {
        return refuse(parser, 400, "A chunk begins with its size in hexadecimal digits.");
    } else if (octet == '\r') {
        parser->phase = PHASE_CHUNK_SIZE_LF;
    } else if (octet == ';') {
        parser->phase = PHASE_CHUNK_EXTENSION;
    } else {
        return refuse(parser, 400, "A chunk's size is followed by something else than CRLF.");
    }
    return DSY_HTTP_MORE;
}

/* One octet of trailers, which are read and dropped. */
static enum dsy_http_parse
feed_trailer(struct dsy_http_parser *parser, char octet)
{
    const char *wrong = check_line_octet(parser, octet);
    if (wrong != NULL)
        return refuse(parser, 400, wrong);
    parser->previous = octet;
    if (octet == '\n') {
        if (parser->line_size_bytes == 0)
            parser->phase = PHASE_DONE;
        parser->line_size_bytes = 0;
    } else if (octet != '\r') {
        parser->line_size_bytes++;
    }
    return DSY_HTTP_MORE;
}

/* A chunk's size line has ended. */
static enum dsy_http_parse
begin_chunk(struct dsy_http_parser *parser)
{
    if (parser->remaining_bytes == 0) {
        parser->phase = PHASE_TRAILER;
        parser->line_size_bytes = 0;
        parser->previous = 0;
    } else if (parser->remaining_bytes > parser->body_bytes_max - parser->body.size_bytes) {
        return refuse(parser, 413, "The body is larger than this server takes.");
    } else {
        parser->phase = PHASE_CHUNK_DATA;
    }
    return DSY_HTTP_MORE;
}

/* One octet of what surrounds chunks. */
static enum dsy_http_parse
feed_framing(struct dsy_http_parser *parser, char octet)
{
    if (++parser->framing_bytes > DSY_HTTP_FRAMING_BYTES_MAX)
        return refuse(parser, 413, "The body's chunks have more framing than this server takes.");
    switch (parser->phase) {
    case PHASE_CHUNK_SIZE: return feed_chunk_size(parser, octet);
    case PHASE_CHUNK_EXTENSION:
        if (octet == '\n' || octet == 0)
            return refuse(parser, 400, "A chunk's extension has a character that does not belong there.");
        if (octet == '\r')
            parser->phase = PHASE_CHUNK_SIZE_LF;
        return DSY_HTTP_MORE;
    case PHASE_CHUNK_SIZE_LF:
        if (octet != '\n')
            return refuse(parser, 400, "A carriage return stands alone.");
        return begin_chunk(parser);
    case PHASE_CHUNK_DATA_CR:
        if (octet != '\r')
            return refuse(parser, 400, "A chunk is longer than its size says.");
        parser->phase = PHASE_CHUNK_DATA_LF;
        return DSY_HTTP_MORE;
    case PHASE_CHUNK_DATA_LF:
        if (octet != '\n')
            return refuse(parser, 400, "A carriage return stands alone.");
        parser->phase = PHASE_CHUNK_SIZE;
        parser->chunk_size_has_digit = false;
        return DSY_HTTP_MORE;
    case PHASE_TRAILER: return feed_trailer(parser, octet);
    case PHASE_HEAD:
    case PHASE_LENGTH_BODY:
    case PHASE_CHUNK_DATA:
    case PHASE_DONE:
    case PHASE_REFUSED: break;
    }
    return DSY_HTTP_MORE;
}

enum dsy_http_parse
dsy_http_parser_feed(struct dsy_http_parser *parser, const char *bytes, size_t size_bytes, size_t *taken_bytes)
{
    enum dsy_http_parse outcome = DSY_HTTP_MORE;
    *taken_bytes = 0;
    if (parser->phase == PHASE_REFUSED)
        return DSY_HTTP_REFUSED;
    while (outcome == DSY_HTTP_MORE && parser->phase != PHASE_DONE) {
        const char *at = bytes + *taken_bytes;
        size_t left_bytes = size_bytes - *taken_bytes;
        if (parser->wants_continue && left_bytes == 0) {
            parser->wants_continue = false;
            return DSY_HTTP_CONTINUE;
        }
        if (left_bytes == 0)
            return DSY_HTTP_MORE;
        if (parser->phase == PHASE_HEAD) {
            outcome = feed_head(parser, at, left_bytes, taken_bytes);
        } else {
            parser->wants_continue = false; /* the client did not wait */
            if (parser->phase == PHASE_LENGTH_BODY || parser->phase == PHASE_CHUNK_DATA) {
                outcome = feed_data(parser, at, left_bytes, taken_bytes);
            } else {
                outcome = feed_framing(parser, *at);
                ++*taken_bytes;
            }
        }
    }
    if (outcome == DSY_HTTP_REFUSED)
        return outcome;
    if (parser->body.size_bytes > 0)
        parser->request.body = (struct dsy_http_slice){ (const char *)parser->body.data, parser->body.size_bytes };
    return DSY_HTTP_READY;
}

const struct dsy_http_request *
dsy_http_parser_request(const struct dsy_http_parser *parser)
{
    return &parser->request;
}

int
dsy_http_parser_refusal(const struct dsy_http_parser *parser, const char **sentence)
{
    *sentence = parser->refusal;
    return parser->refusal_status;
}

bool
dsy_http_parser_is_idle(const struct dsy_http_parser *parser)
{
    return parser->phase == PHASE_HEAD && parser->head.size_bytes == 0;
}

bool
dsy_http_parser_has_head(const struct dsy_http_parser *parser)
{
    return parser->phase != PHASE_HEAD;
}

/* ---- reading a request ---- */

const struct dsy_http_header *
dsy_http_find_header(const struct dsy_http_request *request, const char *name)
{
    for (size_t index = 0; index < request->header_count; index++) {
        if (dsy_http_slice_is_nocase(request->headers[index].name, name))
            return &request->headers[index];
    }
    return NULL;
}

bool
dsy_http_slice_is(struct dsy_http_slice slice, const char *text)
{
    return slice.size_bytes == strlen(text) &&
           (slice.size_bytes == 0 || memcmp(slice.data, text, slice.size_bytes) == 0);
}

bool
dsy_http_slice_is_nocase(struct dsy_http_slice slice, const char *text)
{
    return slice.size_bytes == strlen(text) &&
           (slice.size_bytes == 0 || strncasecmp(slice.data, text, slice.size_bytes) == 0);
}

ptrdiff_t
dsy_http_percent_decode(struct dsy_http_slice slice, bool plus_is_space, char *out, size_t out_size_bytes)
{
    size_t written_bytes = 0;
    for (size_t index = 0; index < slice.size_bytes; index++) {
        char octet = slice.data[index];
        if (octet == '%') {
            int high = index + 2 < slice.size_bytes ? hexadecimal_digit(slice.data[index + 1]) : -1;
            int low = index + 2 < slice.size_bytes ? hexadecimal_digit(slice.data[index + 2]) : -1;
            if (high < 0 || low < 0)
                return -1;
            octet = (char)(high * 16 + low);
            index += 2;
        } else if (octet == '+' && plus_is_space) {
            octet = ' ';
        }
        if (octet == 0 || written_bytes + 1 >= out_size_bytes)
            return -1;
        out[written_bytes++] = octet;
    }
    if (out_size_bytes == 0)
        return -1;
    out[written_bytes] = 0;
    return (ptrdiff_t)written_bytes;
}

struct dsy_http_slice
dsy_http_slice_cut(struct dsy_http_slice *rest, char separator)
{
    struct dsy_http_slice part = *rest;
    const char *at = part.size_bytes == 0 ? NULL : memchr(part.data, separator, part.size_bytes);
    if (at == NULL) {
        *rest = (struct dsy_http_slice){ 0 };
    } else {
        part.size_bytes = (size_t)(at - part.data);
        *rest = (struct dsy_http_slice){ at + 1, rest->size_bytes - part.size_bytes - 1 };
    }
    return part;
}

struct dsy_http_slice
dsy_http_slice_trim(struct dsy_http_slice slice)
{
    while (slice.size_bytes > 0 && (slice.data[0] == ' ' || slice.data[0] == '\t')) {
        slice.data++;
        slice.size_bytes--;
    }
    while (slice.size_bytes > 0 &&
           (slice.data[slice.size_bytes - 1] == ' ' || slice.data[slice.size_bytes - 1] == '\t'))
        slice.size_bytes--;
    return slice;
}
