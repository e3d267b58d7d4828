/* A source parsed from memory, for tests of syntax/ and base/. */
#ifndef DSY_TESTS_SUPPORT_PARSED_H
#define DSY_TESTS_SUPPORT_PARSED_H

#include <setjmp.h>

#include "compiler/base/diagnostic_print.h"
#include "compiler/syntax/ast_print.h"
#include "compiler/syntax/parse.h"

struct parsed {
    struct arena arena;
    jmp_buf out_of_memory;
    struct interner names;
    struct sources sources;
    struct diagnostics diagnostics;
    const struct ast_file *file;
    const char *tree;     /* printed */
    const char *messages; /* the diagnostics as people see them; the file is called "t.dsy" */
};

/* Parse size_bytes octets, or a string. Out of memory ends the process. */
struct parsed *parsed_bytes(const char *content, size_t size_bytes);
struct parsed *parsed_new(const char *content);
void parsed_free(struct parsed *parsed);

/* The codes of the diagnostics, in order of place, with a blank between: "E0010 E0011". */
const char *parsed_codes(struct parsed *parsed);

#endif
