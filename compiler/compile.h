/* The compiler as a library: the straight line from a file to generated C. Prints nothing, keeps nothing:
 * every compilation has an arena of its own, so a process may do as many as it likes. */
#ifndef DSY_COMPILER_COMPILE_H
#define DSY_COMPILER_COMPILE_H

#include <setjmp.h>
#include <stddef.h>

#include "compiler/base/arena.h"
#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/base/text.h"
#include "compiler/emit/emit.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/load.h"

/* How far to go, and what to make a text of there. */
enum compile_goal {
    COMPILE_FILES, /* all the way: `files`, no text */
    COMPILE_CHECK, /* errors only */
    COMPILE_AST,   /* the parsed tree */
    COMPILE_CFG,   /* the control-flow graphs */
    COMPILE_FSM,   /* the state machines */
    COMPILE_DOT,   /* the same for Graphviz */
    COMPILE_C,     /* the generated files in one text */
};

struct compile_request {
    const char *path;                  /* of the main file */
    const char *const *import_folders; /* -I, in order */
    size_t import_folder_count;
    enum compile_goal goal;
};

enum compile_status {
    COMPILE_OK,            /* there may be warnings */
    COMPILE_HAS_ERRORS,    /* of the program; they are in `diagnostics` */
    COMPILE_CANNOT_READ,   /* the main file; error_number says why */
    COMPILE_OUT_OF_MEMORY, /* nothing but compilation_free may be called */
};

struct compilation {
    struct arena arena;
    struct interner names;
    struct sources sources;
    struct diagnostics diagnostics; /* sorted by place */
    struct loader loader;
    jmp_buf out_of_memory; /* who allocates from the arena after compile() returned sets it anew */
    const struct ast_file *ast;
    const struct emitted_files *files; /* goals FILES and C; else NULL */
    struct text_builder output;        /* the text of the goal */
    int error_number;
};

/* Make an empty one, for tools that need only a part of it; whoever allocates from it sets out_of_memory anew.
 * Returns COMPILE_OUT_OF_MEMORY or COMPILE_OK; compilation_free is to be called in either case. */
enum compile_status compilation_begin(struct compilation *compilation);

/* Compile. compilation is overwritten; the strings of the request must live as long as it. */
enum compile_status compile(struct compilation *compilation, const struct compile_request *request);

void compilation_free(struct compilation *compilation);

#endif
