/* dsyc explain: see explain.h. The texts stand in base/diagnostic.def. */
#include "compiler/tool/explain.h"

#include "compiler/base/diagnostic.h"

/* A template as a person reads it: its placeholders are shown as dots. */
static void
add_template(struct text_builder *builder, const char *template)
{
    for (const char *cursor = template; *cursor != '\0'; cursor++) {
        if (*cursor != '%') {
            text_builder_add_character(builder, *cursor);
            continue;
        }
        cursor++;
        text_builder_add_string(builder, *cursor == '%' ? "%" : "…");
    }
}

bool
explain(struct text_builder *builder, const char *code)
{
    const struct diagnostic_description *description = diagnostic_find(code);
    if (description == NULL)
        return false;
    text_builder_format(builder, "%s %s: ", description->severity == SEVERITY_ERROR ? "error" : "warning",
                        description->code);
    add_template(builder, description->text);
    text_builder_add_string(builder, "\n\n");
    text_builder_add_string(builder, description->explanation);
    size_t size_bytes = strlen(description->explanation);
    if (size_bytes == 0 || description->explanation[size_bytes - 1] != '\n')
        text_builder_add_character(builder, '\n');
    return true;
}

void
explain_list(struct text_builder *builder)
{
    for (size_t index = 0; index < DIAGNOSTIC_CODE_COUNT; index++) {
        text_builder_format(builder, "%s  ", diagnostic_descriptions[index].code);
        add_template(builder, diagnostic_descriptions[index].text);
        text_builder_add_character(builder, '\n');
    }
}
