/* CloudEvents in their three modes, and everything that is wrong with them. */
#include "runtime/transport/cloudevents.h"

#include "dsy/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wconversion" /* Criterion's macros put an int into a bit */

static struct dsy_arena arena;
static struct dsy_cloud_event *events;
static size_t count;
static struct dsy_error error;

static void
begin(void)
{
    dsy_arena_init(&arena, 1 << 24);
}

static void
end(void)
{
    dsy_arena_destroy(&arena);
}

TestSuite(cloudevents, .init = begin, .fini = end);

/* headers: "name: value\n…" */
static enum dsy_status
read_request(const char *headers, const char *body, size_t body_bytes)
{
    struct dsy_http_header list[16];
    struct dsy_http_request request = { .headers = list, .body = { body, body_bytes } };
    error = (struct dsy_error){ 0 };
    while (*headers != '\0') {
        const char *colon = strchr(headers, ':'), *line_end = strchr(headers, '\n');
        list[request.header_count++] =
            (struct dsy_http_header){ .name = { headers, (size_t)(colon - headers) },
                                      .value = { colon + 2, (size_t)(line_end - colon) - 2 } };
        headers = line_end + 1;
    }
    return dsy_cloud_events_read(&request, &arena, &events, &count, &error);
}

static bool
is(dsy_string text, const char *expected)
{
    return (size_t)text.size_bytes == strlen(expected) && memcmp(text.data, expected, strlen(expected)) == 0;
}

#define BINARY "ce-id: 1\nCE-Source: /shop\nce-type: OrderShipped\nce-specversion: 1.0\n"
#define STRUCTURED "Content-Type: application/cloudevents+json; charset=utf-8\n"
#define BATCHED "Content-Type: application/cloudevents-batch+json\n"
#define EVENT "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/shop\",\"type\":\"OrderShipped\""

Test(cloudevents, binary)
{
    static const char body[] = "{\"order_id\": \"a\"}";
    cr_assert_eq(read_request(BINARY "Content-Type: application/json\n", body, strlen(body)), DSY_OK, "%s", error.text);
    cr_assert_eq(count, 1);
    cr_expect(is(events->id, "1") && is(events->source, "/shop") && is(events->type, "OrderShipped"));
    cr_expect(is(events->data, body) && strcmp(events->path, "$") == 0);
    cr_assert_eq(read_request("ce-id: \"a%20b%E2%82%AC%zz\"\nce-source: s\nce-type: t\nce-specversion: 1.0\n", "", 0),
                 DSY_OK);
    cr_expect(is(events->id, "a b€%zz"));
    cr_expect_eq(events->data.size_bytes, 0);
}

Test(cloudevents, structured)
{
    static const char body[] =
        " {" EVENT ", \"time\": \"2026-01-01T00:00:00Z\", \"comexampleextension\": {\"data\": 1},"
        "\"datacontenttype\":\"application/json; charset=utf-8\","
        "\"data\" :  {\"a\": [1, {\"b\": \"}\"}]} } ";
    cr_assert_eq(read_request(STRUCTURED, body, strlen(body)), DSY_OK, "%s", error.text);
    cr_assert_eq(count, 1);
    cr_expect(is(events->data, "{\"a\": [1, {\"b\": \"}\"}]}"), "%.*s", (int)events->data.size_bytes,
              events->data.data);
    cr_expect(strcmp(events->path, "$.data") == 0 && is(events->type, "OrderShipped"));
}

Test(cloudevents, batched)
{
    static const char body[] = "[{" EVENT ",\"data\":1},{" EVENT ",\"data\":null},{" EVENT "}]";
    cr_assert_eq(read_request(BATCHED, body, strlen(body)), DSY_OK, "%s", error.text);
    cr_assert_eq(count, 3);
    cr_expect(is(events[0].data, "1") && is(events[1].data, "null") && events[2].data.size_bytes == 0);
    cr_expect(strcmp(events[2].path, "$[2].data") == 0);
    cr_assert_eq(read_request(BATCHED, "[]", 2), DSY_OK);
    cr_expect_eq(count, 0);
}

Test(cloudevents, at_most_so_many)
{
    static char body[DSY_CLOUD_EVENTS_MAX * 100 + 200];
    for (size_t number = DSY_CLOUD_EVENTS_MAX; number <= DSY_CLOUD_EVENTS_MAX + 1; number++) {
        size_t used = 0;
        for (size_t index = 0; index < number; index++)
            used += (size_t)snprintf(body + used, sizeof body - used, "%s{%s}", index == 0 ? "[" : ",", EVENT);
        used += (size_t)snprintf(body + used, sizeof body - used, "]");
        enum dsy_status status = read_request(BATCHED, body, used);
        cr_expect_eq(status, number == DSY_CLOUD_EVENTS_MAX ? DSY_OK : DSY_FULL);
    }
}

Test(cloudevents, what_is_wrong_is_named)
{
    static const struct {
        const char *headers, *body;
        enum dsy_status status;
        const char *text;
    } cases[] = {
        { "Content-Type: text/plain\n", "x", DSY_UNSUPPORTED, "application/cloudevents+json" },
        { "ce-id: 1\nce-source: s\nce-type: t\n", "{}", DSY_INVALID, "ce-specversion is missing" },
        { "ce-id: 1\nce-source: s\nce-type: t\nce-specversion: 0.3\n", "{}", DSY_INVALID, "ce-specversion is 1.0" },
        { "ce-id: \nce-source: s\nce-type: t\nce-specversion: 1.0\n", "{}", DSY_INVALID, "ce-id" },
        { "ce-id: %ff\nce-source: s\nce-type: t\nce-specversion: 1.0\n", "{}", DSY_INVALID, "ce-id" },
        { "", "{}", DSY_INVALID, "ce-id is missing" },
        { STRUCTURED, "", DSY_INVALID, "$" },
        { STRUCTURED, "[]", DSY_INVALID, "$: expected" },
        { STRUCTURED, "{}", DSY_INVALID, "$: the member \"id\" is missing" },
        { STRUCTURED, "{" EVENT "} x", DSY_INVALID, "$" },
        { STRUCTURED, "{" EVENT ",\"id\":\"2\"}", DSY_INVALID, "$: the member \"id\"" },
        { STRUCTURED, "{" EVENT ",\"data\":1,\"data\":2}", DSY_INVALID, "$: the member \"data\"" },
        { STRUCTURED, "{\"specversion\":\"0.3\"}", DSY_INVALID, "$.specversion: expected \"1.0\"" },
        { STRUCTURED, "{\"id\":7}", DSY_INVALID, "$.id: expected" },
        { STRUCTURED, "{\"type\":\"\"}", DSY_INVALID, "$.type" },
        { STRUCTURED, "{" EVENT ",\"data_base64\":\"aGk=\"}", DSY_INVALID, "$.data_base64" },
        { STRUCTURED, "{" EVENT ",\"datacontenttype\":\"text/xml\"}", DSY_INVALID, "$.datacontenttype" },
        { BATCHED, "{}", DSY_INVALID, "$" },
        { BATCHED, "[{" EVENT "},{\"id\":\"1\"}]", DSY_INVALID, "$[1]: the member \"source\"" },
        { BATCHED, "[{" EVENT "}", DSY_INVALID, "$" },
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        enum dsy_status status = read_request(cases[index].headers, cases[index].body, strlen(cases[index].body));
        cr_expect_eq(status, cases[index].status, "%zu: %d %s", index, status, error.text);
        cr_expect(strstr(error.text, cases[index].text) != NULL, "%zu: \"%s\" is not in: %s", index, cases[index].text,
                  error.text);
    }
}

/* Every prefix of a good body is refused, and no octet of it makes the reader go astray. */
Test(cloudevents, survives_any_octets)
{
    static const char good[] = "[{" EVENT ",\"data\":{\"a\":[\"\\u20ac\"]}}]";
    for (size_t size_bytes = 0; size_bytes < sizeof good - 1; size_bytes++)
        cr_expect_neq(read_request(BATCHED, good, size_bytes), DSY_OK, "%zu", size_bytes);
    char body[sizeof good];
    for (size_t index = 0; index < sizeof good - 1; index++)
        for (int octet = 0; octet < 256; octet += 5) {
            memcpy(body, good, sizeof good);
            body[index] = (char)octet;
            enum dsy_status status = read_request(BATCHED, body, sizeof good - 1);
            cr_expect(status == DSY_OK || status == DSY_INVALID, "%d", status);
            dsy_arena_reset(&arena);
        }
}
