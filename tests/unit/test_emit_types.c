/* Tests of compiler/emit with a program made by hand: every kind of type, a service, a step, a configuration.
 * The printed C must be what a C compiler takes without a warning. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/base/vector.h"
#include "compiler/emit/emit.h"
#include "compiler/lower/lower.h"

static struct arena arena;

/* ---- a program by hand ---- */

static struct {
    const struct type *items[64];
    size_t count;
} types;

static struct type *
add_type(enum type_kind kind, const char *name, const char *c_name)
{
    struct type *type = arena_new(&arena, struct type);
    type->kind = kind;
    type->name = text_from_string(name);
    type->c_name = text_from_string(c_name);
    type->index = (uint32_t)types.count;
    types.items[types.count++] = type;
    return type;
}

static struct type *
add_container(enum type_kind kind, const struct type *key, const struct type *element)
{
    const char *stem = kind == TYPE_ARRAY ? "array" : kind == TYPE_MAP ? "map" : "optional";
    struct text c_name = key == NULL ? text_format(&arena, "%s_%.*s", stem, TEXT_ARGUMENTS(element->c_name))
                                     : text_format(&arena, "%s_%.*s_%.*s", stem, TEXT_ARGUMENTS(key->c_name),
                                                   TEXT_ARGUMENTS(element->c_name));
    struct type *type = add_type(kind, c_name.data, c_name.data);
    type->key = key;
    type->element = element;
    type->holds_blocks = kind != TYPE_OPTIONAL || element->holds_blocks;
    return type;
}

struct member_list VECTOR(struct member);

static void
add_member(struct member_list *members, const char *name, const struct type *type,
           const struct expression *default_value)
{
    struct member member = { .name = text_from_string(name), .c_name = text_from_string(name), .type = type };
    member.default_value = default_value;
    /* Not in the order of declaration: writers must sort. */
    member.number = (uint32_t)(members->count ^ 1u) + 1;
    vector_add(&arena, members, member);
}

static const struct type *
finish_structure(struct type *type, enum structure_kind kind, const struct member_list *members)
{
    struct struct_declaration *declaration = arena_new(&arena, struct struct_declaration);
    *declaration = (struct struct_declaration){
        .kind = kind,
        .name = type->name,
        .qualified_name = type->name,
        .c_name = type->c_name,
        .members = members->items,
        .member_count = members->count,
        .type = type,
        .documentation = TEXT("Documented */ dangerously.\nOn two lines."),
    };
    type->declaration.structure = declaration;
    for (size_t index = 0; index < members->count; index++) {
        type->holds_blocks = type->holds_blocks || members->items[index].type->holds_blocks;
        type->has_default =
            type->has_default || members->items[index].default_value != NULL || members->items[index].type->has_default;
    }
    return type;
}

static const struct type *
add_enum(const char *name, size_t count, const char *const *names, const int64_t *values)
{
    struct type *type = add_type(TYPE_ENUM, name, name);
    struct enumerator *enumerators = arena_new_array(&arena, struct enumerator, count);
    for (size_t index = 0; index < count; index++) {
        enumerators[index].name = text_from_string(names[index]);
        enumerators[index].c_name = text_format(&arena, "%s_%s", name, names[index]);
        enumerators[index].value = values[index];
    }
    struct enum_declaration *declaration = arena_new(&arena, struct enum_declaration);
    *declaration = (struct enum_declaration){ .name = type->name,
                                              .qualified_name = type->name,
                                              .c_name = type->c_name,
                                              .enumerators = enumerators,
                                              .enumerator_count = count,
                                              .type = type };
    type->declaration.enumeration = declaration;
    type->has_default = values[0] != 0;
    return type;
}

static struct expression *
literal(const struct type *type)
{
    struct expression *expression = arena_new(&arena, struct expression);
    expression->kind = EXPRESSION_LITERAL;
    expression->type = type;
    return expression;
}

static const struct expression *
text_literal(const struct type *type, const char *text)
{
    struct expression *expression = literal(type);
    expression->as.literal.text = text_from_string(text);
    return expression;
}

static const struct expression *
list(enum expression_kind kind, const struct type *type, size_t count, const struct expression *const *items)
{
    struct expression *expression = arena_new(&arena, struct expression);
    const struct expression **arguments = arena_new_array(&arena, const struct expression *, count);
    for (size_t index = 0; index < count; index++)
        arguments[index] = items[index];
    expression->kind = kind;
    expression->type = type;
    expression->arguments = arguments;
    expression->argument_count = count;
    return expression;
}

static const struct type *void_type, *bool_type, *int_type, *small_type, *real_type, *string_type, *decimal_type,
    *bytes_type, *time_type, *duration_type, *uuid_type, *error_type, *order_type, *status_type, *item_type;

static void
add_scalars(void)
{
    void_type = add_type(TYPE_VOID, "void", "void");
    bool_type = add_type(TYPE_BOOL, "bool", "bool");
    int_type = add_type(TYPE_INT64, "int", "int");
    small_type = add_type(TYPE_UINT8, "uint8", "uint8");
    real_type = add_type(TYPE_DOUBLE, "double", "double");
    string_type = add_type(TYPE_STRING, "string", "string");
    decimal_type = add_type(TYPE_DECIMAL, "decimal", "decimal");
    bytes_type = add_type(TYPE_BYTES, "bytes", "bytes");
    time_type = add_type(TYPE_TIME, "time", "time");
    duration_type = add_type(TYPE_DURATION, "duration", "duration");
    uuid_type = add_type(TYPE_UUID, "uuid", "uuid");
    error_type = add_type(TYPE_ANY_ERROR, "error", "error");
}

static const struct struct_declaration *structures[8];
static size_t structure_count;

static void
add_recursive(void)
{
    struct type *node = arena_new(&arena, struct type);
    node->kind = TYPE_STRUCT;
    node->name = node->c_name = TEXT("Node");
    node->is_recursive = true;
    node->holds_blocks = true;
    const struct type *nodes = add_container(TYPE_ARRAY, NULL, node);
    const struct type *next = add_container(TYPE_OPTIONAL, NULL, node);
    node->index = (uint32_t)types.count;
    types.items[types.count++] = node;
    struct member_list members = { 0 };
    add_member(&members, "value", int_type, NULL);
    add_member(&members, "next", next, NULL);
    add_member(&members, "children", nodes, NULL);
    finish_structure(node, STRUCTURE_STRUCT, &members);
    structures[structure_count++] = node->declaration.structure;
}

static const struct type *
add_payment(void)
{
    const struct type *numbers = add_container(TYPE_ARRAY, NULL, int_type);
    struct type *type = add_type(TYPE_UNION, "Payment", "Payment");
    struct member_list variants = { 0 };
    add_member(&variants, "card", item_type, NULL);
    add_member(&variants, "invoice_number", string_type, NULL);
    add_member(&variants, "cash", void_type, NULL);
    add_member(&variants, "numbers", numbers, NULL);
    struct union_declaration *declaration = arena_new(&arena, struct union_declaration);
    *declaration = (struct union_declaration){ .name = type->name,
                                               .qualified_name = type->name,
                                               .c_name = type->c_name,
                                               .variants = variants.items,
                                               .variant_count = variants.count,
                                               .type = type };
    type->declaration.variants = declaration;
    type->holds_blocks = true;
    type->has_default = item_type->has_default;
    return type;
}

static void
add_types(void)
{
    add_scalars();
    status_type =
        add_enum("Status", 3, (const char *const[]){ "Pending", "Paid", "Shipped" }, (const int64_t[]){ 0, 1, 10 });
    const struct type *odd = add_enum("Odd", 2, (const char *const[]){ "Minus", "Five" }, (const int64_t[]){ -1, 5 });
    add_recursive();

    struct member_list item = { 0 };
    add_member(&item, "sku", string_type,
               text_literal(string_type, "a\"b\\?\?=\x01"
                                         "1"));
    add_member(&item, "price", decimal_type, text_literal(decimal_type, "-19.99"));
    item_type = finish_structure(add_type(TYPE_STRUCT, "Item", "Item"), STRUCTURE_STRUCT, &item);
    structures[structure_count++] = item_type->declaration.structure;

    const struct type *items = add_container(TYPE_ARRAY, NULL, item_type);
    const struct type *maybe_item = add_container(TYPE_OPTIONAL, NULL, item_type);
    const struct type *maybe_int = add_container(TYPE_OPTIONAL, NULL, int_type);
    const struct type *strings = add_container(TYPE_ARRAY, NULL, string_type);
    const struct type *maybe_strings = add_container(TYPE_OPTIONAL, NULL, strings);
    const struct type *statuses = add_container(TYPE_ARRAY, NULL, status_type);
    const struct type *by_status = add_container(TYPE_MAP, status_type, item_type);
    const struct type *by_name = add_container(TYPE_MAP, string_type, maybe_int);
    add_container(TYPE_ARRAY, NULL, maybe_int);
    (void)statuses;
    const struct type *payment = add_payment();

    const struct expression *words[] = { text_literal(string_type, "one"), text_literal(string_type, "two") };
    struct member_list order = { 0 };
    add_member(&order, "id", string_type, NULL);
    add_member(&order, "items", items, NULL);
    add_member(&order, "gift", maybe_item, NULL);
    add_member(&order, "note", maybe_int, NULL);
    add_member(&order, "words", strings, list(EXPRESSION_ARRAY, strings, 2, words));
    add_member(&order, "labels", maybe_strings, NULL);
    add_member(&order, "by_status", by_status, NULL);
    add_member(&order, "by_name", by_name, NULL);
    add_member(&order, "status", status_type, NULL);
    add_member(&order, "odd", odd, NULL);
    add_member(&order, "payment", payment, NULL);
    add_member(&order, "weight", real_type, NULL);
    add_member(&order, "blob", bytes_type, text_literal(bytes_type, "\xff"));
    add_member(&order, "at", time_type, NULL);
    add_member(&order, "ttl", duration_type, NULL);
    add_member(&order, "key", uuid_type, NULL);
    add_member(&order, "small", small_type, NULL);
    add_member(&order, "cause", error_type, NULL);
    order_type = finish_structure(add_type(TYPE_STRUCT, "Order", "Order"), STRUCTURE_STRUCT, &order);
    structures[structure_count++] = order_type->declaration.structure;

    struct member_list no_stock = { 0 };
    add_member(&no_stock, "sku", string_type, NULL);
    add_member(&no_stock, "others", strings, NULL);
    const struct type *error = finish_structure(add_type(TYPE_ERROR, "NoStock", "NoStock"), STRUCTURE_ERROR, &no_stock);
    structures[structure_count++] = error->declaration.structure;
    const struct type *empty =
        finish_structure(add_type(TYPE_ERROR, "Empty", "Empty"), STRUCTURE_ERROR, &(struct member_list){ 0 });
    structures[structure_count++] = empty->declaration.structure;
}

static struct variable *
parameter(const char *name, const struct type *type, uint32_t index)
{
    struct variable *variable = arena_new(&arena, struct variable);
    variable->name = variable->c_name = text_from_string(name);
    variable->type = type;
    variable->is_parameter = true;
    variable->index = index;
    return variable;
}

static struct function *
add_function(const char *name, enum colour colour, const struct type *result, size_t parameter_count,
             struct variable **parameters)
{
    struct function *function = arena_new(&arena, struct function);
    function->name = function->qualified_name = function->c_name = text_from_string(name);
    function->colour = colour;
    function->result = result;
    struct variable **kept = arena_new_array(&arena, struct variable *, parameter_count + 1);
    for (size_t index = 0; index < parameter_count; index++)
        kept[index] = parameters[index];
    function->parameters = (const struct variable *const *)kept;
    function->parameter_count = parameter_count;
    function->variables = kept;
    function->variable_count = parameter_count;
    function->retry = (struct retry_policy){ .first_ns = 100000000, .most_ns = 60000000000, .factor = 2.0 };
    function->documentation = TEXT("What it does.");
    return function;
}

/* A routine that returns its parameter. */
static struct function *
add_routine(struct service *service)
{
    struct variable *order = parameter("order", order_type, 0), *count = parameter("count", int_type, 1);
    struct expression *three = literal(int_type);
    three->as.literal.integer = 3;
    count->default_value = three;
    struct function *function =
        add_function("same", COLOUR_ROUTINE, order_type, 2, (struct variable *[]){ order, count });
    struct expression *value = arena_new(&arena, struct expression);
    value->kind = EXPRESSION_VARIABLE;
    value->type = order_type;
    value->as.variable = order;
    struct statement *statement = arena_new(&arena, struct statement);
    statement->kind = STATEMENT_RETURN;
    statement->value = value;
    struct statement *body = arena_new(&arena, struct statement);
    const struct statement **statements = arena_new_array(&arena, const struct statement *, 1);
    statements[0] = statement;
    body->kind = STATEMENT_BLOCK;
    body->statements = statements;
    body->statement_count = 1;
    function->body = body;
    function->service = service;
    function->is_public = true;
    function->c_name = TEXT("Orders_same");
    function->qualified_name = TEXT("Orders.same");
    return function;
}

static struct config *
add_config(const char *name, const struct type *type, const struct expression *default_value)
{
    struct config *config = arena_new(&arena, struct config);
    config->name = config->c_name = text_from_string(name);
    config->type = type;
    config->default_value = default_value;
    return config;
}

static const struct emitted_files *
emit_program(void)
{
    types.count = 0;
    structure_count = 0;
    add_types();
    struct service *service = arena_new(&arena, struct service);
    struct function *functions[4] = {
        add_function("charge", COLOUR_STEP, item_type, 2,
                     (struct variable *[]){ parameter("token", string_type, 0), parameter("order", order_type, 1) }),
        add_function("send_mail", COLOUR_STEP, void_type, 0, NULL),
        add_function("luhn", COLOUR_NATIVE, int_type, 1, (struct variable *[]){ parameter("card", string_type, 0) }),
        add_routine(service),
    };
    for (uint32_t index = 0; index < 4; index++)
        functions[index]->index = index;
    const struct function *method = functions[3];
    struct interface *interface = arena_new(&arena, struct interface);
    *interface =
        (struct interface){ .name = TEXT("Same"), .c_name = TEXT("Same"), .methods = &method, .method_count = 1 };
    const struct interface *interfaces[] = { interface };
    const struct config *configs[] = { add_config("salutation", string_type, text_literal(string_type, "Hello")),
                                       add_config("limit", int_type, NULL) };
    struct use *use = arena_new(&arena, struct use);
    *use = (struct use){ .name = TEXT("other"), .c_name = TEXT("other"), .interface = interface };
    const struct use *uses[] = { use };
    *service = (struct service){ .name = TEXT("Orders"),
                                 .qualified_name = TEXT("Orders"),
                                 .c_name = TEXT("Orders"),
                                 .interfaces = interfaces,
                                 .interface_count = 1,
                                 .uses = uses,
                                 .use_count = 1,
                                 .configs = configs,
                                 .config_count = 2,
                                 .routines = &method,
                                 .routine_count = 1 };
    const struct service *services[] = { service };
    struct program program = { .module = TEXT("shop"),
                               .main_path = TEXT("shop.dsy"),
                               .types = types.items,
                               .type_count = types.count,
                               .structures = structures,
                               .structure_count = structure_count,
                               .interfaces = interfaces,
                               .interface_count = 1,
                               .services = services,
                               .service_count = 1,
                               .functions = functions,
                               .function_count = 4 };
    return emit(&arena, NULL, lower(&arena, NULL, &program), TEXT("shop"));
}

/* ---- tests ---- */

static void
set_up(void)
{
    arena_initialise(&arena, NULL); /* aborts when memory runs out */
}

static void
tear_down(void)
{
    arena_free(&arena);
}

TestSuite(emit_types, .init = set_up, .fini = tear_down);

static void
write_files(const char *folder, const struct emitted_files *files)
{
    for (size_t index = 0; index < files->file_count; index++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, text_to_string(&arena, files->files[index].name));
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file, "cannot write %s", path);
        fwrite(files->files[index].content.data, 1, files->files[index].content.size_bytes, file);
        cr_assert_eq(fclose(file), 0);
    }
}

static void
compile_with(const char *compiler)
{
    char folder[] = "/tmp/dsy-emit-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    write_files(folder, emit_program());
    char command[1024];
    snprintf(command, sizeof command,
             "%s -std=c17 -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Werror -Iruntime/include -I%s -c "
             "%s/shop.c -o %s/shop.o",
             compiler, folder, folder, folder);
    int status = system(command);
    cr_assert_eq(status, 0, "the printed C does not compile: see %s, or: %s", folder, command);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

Test(emit_types, gcc_takes_it_without_a_warning)
{
    compile_with("gcc");
}

Test(emit_types, clang_takes_it_without_a_warning)
{
    if (system("command -v clang >/dev/null") != 0)
        cr_skip_test("no clang here");
    compile_with("clang");
}

/* The text stands somewhere in the file. */
static void
expect_text(const struct emitted_file *file, const char *expected)
{
    const char *content = text_to_string(&arena, file->content);
    cr_expect_not_null(strstr(content, expected), "%s lacks:\n%s", text_to_string(&arena, file->name), expected);
}

Test(emit_types, header_says_what_to_write)
{
    const struct emitted_files *files = emit_program();
    cr_assert_eq(files->file_count, 2);
    expect_text(&files->files[0], "enum dsy_step_outcome charge(struct dsy_step *step, dsy_string token, struct Order "
                                  "order, struct Item *result) DSY_STEP(charge);\n");
    expect_text(&files->files[0], "enum dsy_step_outcome send_mail(struct dsy_step *step) DSY_STEP(send_mail);\n");
    expect_text(&files->files[0], "int64_t luhn(struct dsy_run *run, dsy_string card) DSY_NATIVE(luhn);\n");
    expect_text(&files->files[0], "NoStock_throw(struct dsy_step *step, struct NoStock members)\n");
    expect_text(&files->files[0], "Documented * / dangerously.");
}

Test(emit_types, members_are_written_by_ascending_number)
{
    const struct emitted_files *files = emit_program();
    expect_text(&files->files[1], "    dsy_cbor_write_struct_begin(writer, 2);\n"
                                  "    dsy_cbor_write_member(writer, 1);\n"
                                  "    dsy_decimal_write_cbor(writer, self->price);\n"
                                  "    dsy_cbor_write_member(writer, 2);\n"
                                  "    dsy_string_write_cbor(writer, self->sku);\n");
}

Test(emit_types, same_program_same_text)
{
    const struct emitted_files *first = emit_program(), *second = emit_program();
    for (size_t index = 0; index < first->file_count; index++)
        cr_expect(text_equal(first->files[index].content, second->files[index].content), "file %zu differs", index);
}
