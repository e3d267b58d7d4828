/* Bytes → requests: framing at every split, and what must be refused. */
#include "runtime/transport/http_request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static const struct dsy_http_limits small = {
    .head_bytes_max = 512,
    .body_bytes_max = 64,
};

/* Feed all bytes in two parts. Returns how it came out; taken_bytes counts both. */
static enum dsy_http_parse
feed_split(struct dsy_http_parser *parser, const char *bytes, size_t size_bytes, size_t split, size_t *taken_bytes)
{
    size_t second_bytes = 0;
    enum dsy_http_parse outcome = dsy_http_parser_feed(parser, bytes, split, taken_bytes);
    if (outcome == DSY_HTTP_MORE) {
        outcome = dsy_http_parser_feed(parser, bytes + split, size_bytes - split, &second_bytes);
        *taken_bytes += second_bytes;
    }
    return outcome;
}

static void
expect_slice(struct dsy_http_slice slice, const char *text, size_t split)
{
    cr_assert(dsy_http_slice_is(slice, text), "split at %zu: expected \"%s\", found \"%.*s\"", split, text,
              (int)slice.size_bytes, slice.data);
}

/* At every split the same request comes out, and exactly its bytes are taken. */
static void
expect_at_every_split(const char *text, const char *path, const char *query, const char *body)
{
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    char bytes[1024];
    size_t size_bytes = strlen(text);
    snprintf(bytes, sizeof bytes, "%sGET /next", text);
    for (size_t split = 0; split <= size_bytes; split++) {
        size_t taken_bytes;
        enum dsy_http_parse outcome = feed_split(parser, bytes, size_bytes + 9, split, &taken_bytes);
        cr_assert(outcome == DSY_HTTP_READY, "split at %zu of:\n%s\noutcome %d", split, text, (int)outcome);
        cr_assert(taken_bytes == size_bytes, "split at %zu: %zu bytes taken instead of %zu", split, taken_bytes,
                  size_bytes);
        const struct dsy_http_request *request = dsy_http_parser_request(parser);
        expect_slice(request->path, path, split);
        expect_slice(request->query, query, split);
        expect_slice(request->body, body, split);
        const struct dsy_http_header *header = dsy_http_find_header(request, "x-name");
        cr_assert(header != NULL, "split at %zu: the header field is lost", split);
        expect_slice(header->value, "some  value", split);
        dsy_http_parser_next(parser);
        cr_assert(dsy_http_parser_is_idle(parser));
    }
    dsy_http_parser_free(parser);
}

Test(http_request, comes_out_the_same_at_every_split)
{
    expect_at_every_split("GET /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nX-Name:  some  value \t\r\nEmpty:\r\n\r\n", "/a/b",
                          "c=d&e", "");
    expect_at_every_split("POST /a HTTP/1.1\r\nHost: x\r\nX-Name: some  value\r\nContent-Length: 11\r\n\r\nhello world",
                          "/a", "", "hello world");
    expect_at_every_split("POST http://x/a?q HTTP/1.1\r\nx-name:some  value\r\nhOST: x\r\n"
                          "Transfer-Encoding: Chunked\r\n\r\n"
                          "6;name=value\r\nhello \r\n005\r\nworld\r\n0\r\nTrailer: t\r\n\r\n",
                          "/a", "q", "hello world");
    expect_at_every_split("\r\nDELETE / HTTP/1.0\r\nX-Name: some  value\r\n\r\n", "/", "", "");
}

Test(http_request, comes_out_the_same_octet_by_octet)
{
    static const char text[] = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "B\r\nhello world\r\n0\r\n\r\n";
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    enum dsy_http_parse outcome = DSY_HTTP_MORE;
    size_t taken_bytes = 0;
    for (size_t index = 0; index < sizeof text - 1; index++) {
        cr_assert(outcome == DSY_HTTP_MORE, "outcome %d before octet %zu", (int)outcome, index);
        outcome = dsy_http_parser_feed(parser, text + index, 1, &taken_bytes);
        cr_assert(taken_bytes == 1);
    }
    cr_assert(outcome == DSY_HTTP_READY);
    expect_slice(dsy_http_parser_request(parser)->body, "hello world", 0);
    dsy_http_parser_free(parser);
}

/* What a proxy in front may read differently, and other malformed input. */
static const struct {
    int status;
    const char *bytes;
} refused[] = {
    /* two ways to say where the body ends */
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\n Content-Length: 5\r\n\r\nhello" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n" },
    { 501, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" },
    { 501, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
    { 501, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
    /* line ends, folding, control characters */
    { 400, "GET / HTTP/1.1\nHost: x\n\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\n\rX: y\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\n Host: x\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\001b\r\n\r\n" },
    { 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n" },
    /* host and target */
    { 400, "GET / HTTP/1.1\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" },
    { 400, "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" },
    { 400, "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n" },
    { 400, "GET /\303\244 HTTP/1.1\r\nHost: x\r\n\r\n" },
    { 400, "GET a HTTP/1.1\r\nHost: x\r\n\r\n" },
    { 400, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n" },
    /* header names */
    { 400, "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\na b: y\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nname\r\n\r\n" },
    { 400, "GET / HTTP/1.1\r\nHost: x\r\nX(: y\r\n\r\n" },
    /* methods and versions */
    { 501, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n" },
    { 501, "get / HTTP/1.1\r\nHost: x\r\n\r\n" },
    { 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n" },
    { 505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n" },
    { 505, "GET / HTTP/0.9\r\n\r\n" },
    { 505, "GET /\r\n\r\n" },
    { 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
    { 417, "POST / HTTP/1.1\r\nHost: x\r\nExpect: coffee\r\nContent-Length: 1\r\n\r\nx" },
    /* chunks */
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n" },
    { 400, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: a\rb\r\n\r\n" },
    { 413, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" },
};

Test(http_request, refuses_what_may_be_read_in_two_ways)
{
    for (size_t index = 0; index < sizeof refused / sizeof refused[0]; index++) {
        const char *bytes = refused[index].bytes, *sentence = NULL;
        size_t size_bytes = strlen(bytes);
        for (size_t split = 0; split < size_bytes; split++) {
            struct dsy_http_parser *parser = dsy_http_parser_new(&small);
            size_t taken_bytes;
            enum dsy_http_parse outcome = feed_split(parser, bytes, size_bytes, split, &taken_bytes);
            cr_assert(outcome == DSY_HTTP_REFUSED, "split at %zu, outcome %d instead of a refusal of:\n%s", split,
                      (int)outcome, bytes);
            int status = dsy_http_parser_refusal(parser, &sentence);
            cr_assert(status == refused[index].status, "split at %zu, status %d instead of %d (%s) for:\n%s", split,
                      status, refused[index].status, sentence, bytes);
            outcome = dsy_http_parser_feed(parser, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, &taken_bytes);
            cr_assert(outcome == DSY_HTTP_REFUSED, "after a refusal nothing more may be read");
            dsy_http_parser_free(parser);
        }
    }
}

Test(http_request, refuses_a_nul)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n";
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    size_t taken_bytes;
    cr_assert(dsy_http_parser_feed(parser, bytes, sizeof bytes - 1, &taken_bytes) == DSY_HTTP_REFUSED);
    dsy_http_parser_free(parser);
}

/* Feed a text; returns the status of its refusal, 0 when it is a request, -1 when more is wanted. */
static int
status_of(const char *text)
{
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    const char *sentence;
    size_t taken_bytes;
    enum dsy_http_parse outcome = dsy_http_parser_feed(parser, text, strlen(text), &taken_bytes);
    int status =
        outcome == DSY_HTTP_REFUSED ? dsy_http_parser_refusal(parser, &sentence) : (outcome == DSY_HTTP_READY ? 0 : -1);
    dsy_http_parser_free(parser);
    return status;
}

static char *
head_of_size(size_t size_bytes)
{
    char *text = calloc(1, size_bytes + 1);
    size_t used_bytes = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    memset(text + used_bytes, 'a', size_bytes - used_bytes - 4);
    memcpy(text + size_bytes - 4, "\r\n\r\n", 4);
    return text;
}

Test(http_request, bounds_the_head)
{
    char *fits = head_of_size(512), *too_large = head_of_size(513);
    cr_expect(eq(int, status_of(fits), 0));
    cr_expect(eq(int, status_of(too_large), 431));
    free(fits);
    free(too_large);

    char *endless = calloc(1, 2000);
    memset(endless, 'G', 1999);
    cr_expect(eq(int, status_of(endless), 431), "a request line without an end");
    free(endless);
}

Test(http_request, bounds_the_number_of_header_fields)
{
    static const struct dsy_http_limits large = { .head_bytes_max = 4096, .body_bytes_max = 64 };
    for (int count = DSY_HTTP_HEADERS_MAX; count <= DSY_HTTP_HEADERS_MAX + 1; count++) {
        char text[4096] = "GET / HTTP/1.1\r\nHost: x\r\n";
        for (int index = 1; index < count; index++)
            strcat(text, "X: y\r\n");
        strcat(text, "\r\n");
        struct dsy_http_parser *parser = dsy_http_parser_new(&large);
        const char *sentence;
        size_t taken_bytes;
        enum dsy_http_parse outcome = dsy_http_parser_feed(parser, text, strlen(text), &taken_bytes);
        if (count == DSY_HTTP_HEADERS_MAX) {
            cr_expect(outcome == DSY_HTTP_READY);
        } else {
            cr_expect(outcome == DSY_HTTP_REFUSED);
            cr_expect(eq(int, dsy_http_parser_refusal(parser, &sentence), 431));
        }
        dsy_http_parser_free(parser);
    }
}

Test(http_request, bounds_the_body)
{
    char body[66], text[256];
    memset(body, 'b', 65);
    body[65] = 0;
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 64\r\n\r\n%.64s", body);
    cr_expect(eq(int, status_of(text), 0));
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n");
    cr_expect(eq(int, status_of(text), 413), "before any of the body is there");
    snprintf(text, sizeof text,
             "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n%.32s\r\n20\r\n%.32s\r\n0\r\n\r\n",
             body, body);
    cr_expect(eq(int, status_of(text), 0));
    snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n%.32s\r\n21\r\n",
             body);
    cr_expect(eq(int, status_of(text), 413));
}

Test(http_request, bounds_what_surrounds_chunks)
{
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    const char *sentence;
    size_t taken_bytes;
    enum dsy_http_parse outcome;
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    outcome = dsy_http_parser_feed(parser, head, sizeof head - 1, &taken_bytes);
    for (size_t sent = 0; outcome == DSY_HTTP_MORE; sent += 16) {
        cr_assert(sent < 2 * DSY_HTTP_FRAMING_BYTES_MAX, "a chunk's extension may be endless");
        outcome = dsy_http_parser_feed(parser, "extension=value;", 16, &taken_bytes);
    }
    cr_expect(outcome == DSY_HTTP_REFUSED);
    cr_expect(eq(int, dsy_http_parser_refusal(parser, &sentence), 413));
    dsy_http_parser_free(parser);
}

Test(http_request, knows_when_a_connection_is_kept)
{
    static const struct {
        bool keep_alive;
        const char *text;
    } cases[] = {
        { true, "GET / HTTP/1.1\r\nHost: x\r\n\r\n" },
        { false, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" },
        { false, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Foo, Close\r\n\r\n" },
        { false, "GET / HTTP/1.0\r\n\r\n" },
        { true, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_http_parser *parser = dsy_http_parser_new(&small);
        size_t taken_bytes;
        cr_assert(dsy_http_parser_feed(parser, cases[index].text, strlen(cases[index].text), &taken_bytes) ==
                  DSY_HTTP_READY);
        cr_expect(dsy_http_parser_request(parser)->keep_alive == cases[index].keep_alive, "%s", cases[index].text);
        dsy_http_parser_free(parser);
    }
}

Test(http_request, asks_for_the_body_that_a_client_holds_back)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    struct dsy_http_parser *parser = dsy_http_parser_new(&small);
    size_t taken_bytes;
    cr_assert(dsy_http_parser_feed(parser, head, sizeof head - 1, &taken_bytes) == DSY_HTTP_CONTINUE);
    cr_assert(eq(sz, taken_bytes, sizeof head - 1));
    cr_assert(dsy_http_parser_feed(parser, "ab", 2, &taken_bytes) == DSY_HTTP_READY);
    expect_slice(dsy_http_parser_request(parser)->body, "ab", 0);
    dsy_http_parser_next(parser);

    char whole[256];
    snprintf(whole, sizeof whole, "%sab", head);
    cr_assert(dsy_http_parser_feed(parser, whole, strlen(whole), &taken_bytes) == DSY_HTTP_READY,
              "a client that did not wait is not asked");
    dsy_http_parser_free(parser);
}

Test(http_request, decodes_percent_signs)
{
    static const struct {
        const char *text, *decoded; /* NULL: refused */
        bool plus;
    } cases[] = {
        { "abc", "abc", false }, { "%41%62c", "Abc", false },     { "a+b", "a+b", false },
        { "a+b", "a b", true },  { "%2F%2e", "/.", false },       { "", "", false },
        { "%", NULL, false },    { "%4", NULL, false },           { "a%4g", NULL, false },
        { "%00", NULL, false },  { "%c3%a4", "\303\244", false },
    };
    char out[64];
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct dsy_http_slice slice = { cases[index].text, strlen(cases[index].text) };
        ptrdiff_t size_bytes = dsy_http_percent_decode(slice, cases[index].plus, out, sizeof out);
        if (cases[index].decoded == NULL)
            cr_expect(size_bytes == -1, "'%s' is decoded", cases[index].text);
        else
            cr_expect(size_bytes == (ptrdiff_t)strlen(cases[index].decoded) && strcmp(out, cases[index].decoded) == 0,
                      "'%s' becomes '%s'", cases[index].text, out);
    }
    struct dsy_http_slice four = { "abcd", 4 };
    cr_expect(dsy_http_percent_decode(four, false, out, 5) == 4);
    cr_expect(dsy_http_percent_decode(four, false, out, 4) == -1, "there is no room for the NUL");
}
