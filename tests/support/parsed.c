/* A source parsed from memory; see parsed.h. */
#include "tests/support/parsed.h"

#include <stdio.h>
#include <stdlib.h>

struct parsed *
parsed_bytes(const char *content, size_t size_bytes)
{
    struct parsed *parsed = calloc(1, sizeof *parsed);
    if (parsed == NULL || setjmp(parsed->out_of_memory) != 0) {
        fputs("no memory for a test\n", stderr);
        abort();
    }
    arena_initialise(&parsed->arena, &parsed->out_of_memory);
    interner_initialise(&parsed->names, &parsed->arena);
    sources_initialise(&parsed->sources, &parsed->arena);
    diagnostics_initialise(&parsed->diagnostics, &parsed->arena, &parsed->sources);
    const struct source_file *source = sources_add(&parsed->sources, TEXT("t.dsy"), content, size_bytes);
    parsed->file = parse(&parsed->arena, &parsed->names, source, &parsed->diagnostics);
    diagnostics_sort(&parsed->diagnostics);

    struct text_builder tree;
    text_builder_initialise(&tree, &parsed->arena);
    ast_print(&tree, parsed->file);
    parsed->tree = text_builder_text(&tree).data;
    struct text_builder messages;
    text_builder_initialise(&messages, &parsed->arena);
    diagnostics_print(&messages, &parsed->diagnostics, false);
    parsed->messages = text_builder_text(&messages).data;
    return parsed;
}

struct parsed *
parsed_new(const char *content)
{
    return parsed_bytes(content, strlen(content));
}

void
parsed_free(struct parsed *parsed)
{
    arena_free(&parsed->arena);
    free(parsed);
}

const char *
parsed_codes(struct parsed *parsed)
{
    struct text_builder codes;
    text_builder_initialise(&codes, &parsed->arena);
    for (size_t index = 0; index < parsed->diagnostics.count; index++) {
        if (index != 0)
            text_builder_add_character(&codes, ' ');
        text_builder_add_string(&codes, diagnostic_descriptions[parsed->diagnostics.items[index]->code].code);
    }
    return text_builder_text(&codes).data;
}
