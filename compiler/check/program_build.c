/* The beginning and the end of a check: see program_build.h. */
#include "compiler/check/program_build.h"

#include "compiler/check/order.h"

struct structure_pointer_list VECTOR(const struct struct_declaration *);
struct enumeration_pointer_list VECTOR(const struct enum_declaration *);
struct union_pointer_list VECTOR(const struct union_declaration *);
struct interface_pointer_list VECTOR(const struct interface *);
struct service_pointer_list VECTOR(const struct service *);
struct mutable_function_list VECTOR(struct function *);

void
checker_initialise(struct checker *checker, struct arena *arena, struct diagnostics *diagnostics, check_import import,
                   void *loader)
{
    *checker = (struct checker){ .arena = arena, .diagnostics = diagnostics, .import = import, .loader = loader };
    c_names_initialise(&checker->c_names, arena, NULL);
    type_table_initialise(&checker->types, arena, &checker->c_names);
    map_initialise(&checker->locals, arena);
    checker->poison = type_scalar(&checker->types, TYPE_POISON);
    checker->void_type = type_scalar(&checker->types, TYPE_VOID);
    checker->bool_type = type_scalar(&checker->types, TYPE_BOOL);
    checker->int_type = type_scalar(&checker->types, TYPE_INT64);
    checker->string_type = type_scalar(&checker->types, TYPE_STRING);
}

/* The declarations of a program, by kind, while they are gathered. */
struct gathered {
    struct structure_pointer_list structures;
    struct enumeration_pointer_list enumerations;
    struct union_pointer_list unions;
    struct interface_pointer_list interfaces;
    struct service_pointer_list services;
};

static void
gather(struct checker *checker, struct gathered *gathered, struct symbol *symbol)
{
    struct arena *arena = checker->arena;
    switch (symbol->kind) {
    case SYMBOL_STRUCT:
    case SYMBOL_ERROR:
    case SYMBOL_EVENT: vector_add(arena, &gathered->structures, &symbol->as.structure->public); break;
    case SYMBOL_ENUM: vector_add(arena, &gathered->enumerations, &symbol->as.enumeration->public); break;
    case SYMBOL_UNION: vector_add(arena, &gathered->unions, &symbol->as.variants->public); break;
    case SYMBOL_INTERFACE: vector_add(arena, &gathered->interfaces, &symbol->as.interface->public); break;
    case SYMBOL_SERVICE:
        symbol->as.service->public.index = (uint32_t)gathered->services.count;
        vector_add(arena, &gathered->services, &symbol->as.service->public);
        if (symbol->as.service->state != NULL)
            vector_add(arena, &gathered->structures, &symbol->as.service->state->public);
        break;
    case SYMBOL_CONST:
    case SYMBOL_FUNCTION:
    case SYMBOL_USE:
    case SYMBOL_CONFIG:
    case SYMBOL_STATE:
    case SYMBOL_KEY:
    case SYMBOL_BROKEN: break;
    }
}

static struct mutable_function_list
number_functions(struct checker *checker)
{
    struct mutable_function_list functions = { 0 };
    for (size_t index = 0; index < checker->functions.count; index++) {
        struct function *function = &checker->functions.items[index]->public;
        function->index = (uint32_t)index;
        vector_add(checker->arena, &functions, function);
    }
    return functions;
}

const struct program *
program_build(struct checker *checker)
{
    struct gathered gathered = { 0 };
    for (size_t index = 0; index < checker->symbols.count; index++)
        gather(checker, &gathered, checker->symbols.items[index]);
    struct mutable_function_list functions = number_functions(checker);
    struct type_pointer_list types = types_order(checker);

    struct program *program = arena_new(checker->arena, struct program);
    *program = (struct program){
        .module = checker->main_module->name,
        .main_path = checker->main_module->file->source->path,
        .types = types.items,
        .type_count = types.count,
        .structures = gathered.structures.items,
        .structure_count = gathered.structures.count,
        .enumerations = gathered.enumerations.items,
        .enumeration_count = gathered.enumerations.count,
        .unions = gathered.unions.items,
        .union_count = gathered.unions.count,
        .interfaces = gathered.interfaces.items,
        .interface_count = gathered.interfaces.count,
        .services = gathered.services.items,
        .service_count = gathered.services.count,
        .functions = functions.items,
        .function_count = functions.count,
    };
    return program;
}
