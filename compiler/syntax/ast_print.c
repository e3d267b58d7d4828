/* The parsed tree as text: see ast_print.h.
 *
 *     function async Receipt checkout throws CardDeclined
 *       parameter Order order
 *       block
 *         local Receipt receipt
 *           await
 *             call
 *               …
 *
 * Types are written on the line of what has them, as in the source. */
#include "compiler/syntax/ast_print.h"

struct printer {
    struct text_builder *builder;
    int depth;
};

static void print_expression(struct printer *printer, const struct ast_expression *expression);
static void print_statement(struct printer *printer, const struct ast_statement *statement);
static void print_declaration(struct printer *printer, const struct ast_declaration *declaration);

/* ---- lines ---- */

static void
begin_line(struct printer *printer, const char *word)
{
    for (int level = 0; level < printer->depth; level++)
        text_builder_add_string(printer->builder, "  ");
    text_builder_add_string(printer->builder, word);
}

static void
end_line(struct printer *printer)
{
    text_builder_add_character(printer->builder, '\n');
}

static void
add_word(struct printer *printer, struct text word)
{
    text_builder_add_character(printer->builder, ' ');
    text_builder_add(printer->builder, word);
}

static void
add_string(struct printer *printer, const char *word)
{
    add_word(printer, text_from_string(word));
}

static void
line(struct printer *printer, const char *word)
{
    begin_line(printer, word);
    end_line(printer);
}

static void
add_path(struct printer *printer, const struct ast_path *path)
{
    for (size_t index = 0; index < path->count; index++) {
        text_builder_add_character(printer->builder, index == 0 ? ' ' : '.');
        text_builder_add(printer->builder, path->names[index].text);
    }
}

/* ---- types ---- */

static const char *const built_in_names[] = {
    [AST_VOID] = "void",         [AST_BOOL] = "bool",     [AST_INT] = "int",       [AST_INT8] = "int8",
    [AST_INT16] = "int16",       [AST_INT32] = "int32",   [AST_INT64] = "int64",   [AST_UINT8] = "uint8",
    [AST_UINT16] = "uint16",     [AST_UINT32] = "uint32", [AST_UINT64] = "uint64", [AST_DOUBLE] = "double",
    [AST_DECIMAL] = "decimal",   [AST_STRING] = "string", [AST_BYTES] = "bytes",   [AST_TIME] = "time",
    [AST_DURATION] = "duration", [AST_UUID] = "uuid",
};

static void
add_type_parts(struct text_builder *builder, const struct ast_type *type)
{
    switch (type->kind) {
    case AST_TYPE_BAD: text_builder_add_string(builder, "BAD"); break;
    case AST_TYPE_BUILT_IN: text_builder_add_string(builder, built_in_names[type->built_in]); break;
    case AST_TYPE_NAMED:
        for (size_t index = 0; index < type->path.count; index++) {
            if (index != 0)
                text_builder_add_character(builder, '.');
            text_builder_add(builder, type->path.names[index].text);
        }
        break;
    case AST_TYPE_ARRAY:
        add_type_parts(builder, type->element);
        text_builder_add_string(builder, "[]");
        break;
    case AST_TYPE_OPTIONAL:
        add_type_parts(builder, type->element);
        text_builder_add_string(builder, "?");
        break;
    case AST_TYPE_MAP:
        text_builder_add_string(builder, "map<");
        add_type_parts(builder, type->key);
        text_builder_add_string(builder, ", ");
        add_type_parts(builder, type->element);
        text_builder_add_string(builder, ">");
        break;
    case AST_TYPE_TASK:
    case AST_TYPE_PROMISE:
        text_builder_add_string(builder, type->kind == AST_TYPE_TASK ? "task<" : "promise<");
        add_type_parts(builder, type->element);
        text_builder_add_string(builder, ">");
        break;
    }
}

static void
add_type(struct printer *printer, const struct ast_type *type)
{
    text_builder_add_character(printer->builder, ' ');
    if (type == NULL)
        text_builder_add_string(printer->builder, "var");
    else
        add_type_parts(printer->builder, type);
}

/* ---- expressions ---- */

static const char *const unary_signs[] = { [AST_NEGATE] = "-", [AST_NOT] = "!", [AST_COMPLEMENT] = "~" };

static const char *const binary_signs[] = {
    [AST_COALESCE] = "??",      [AST_LOGICAL_OR] = "||",  [AST_LOGICAL_AND] = "&&", [AST_EQUAL] = "==",
    [AST_NOT_EQUAL] = "!=",     [AST_LESS] = "<",         [AST_LESS_EQUAL] = "<=",  [AST_GREATER] = ">",
    [AST_GREATER_EQUAL] = ">=", [AST_BIT_OR] = "|",       [AST_BIT_XOR] = "^",      [AST_BIT_AND] = "&",
    [AST_SHIFT_LEFT] = "<<",    [AST_SHIFT_RIGHT] = ">>", [AST_ADD] = "+",          [AST_SUBTRACT] = "-",
    [AST_MULTIPLY] = "*",       [AST_DIVIDE] = "/",       [AST_MODULO] = "%",
};

static void
print_arguments(struct printer *printer, const struct ast_argument_list *arguments)
{
    printer->depth++;
    for (size_t index = 0; index < arguments->count; index++) {
        const struct ast_argument *argument = &arguments->items[index];
        if (argument->name.text.size_bytes == 0) {
            print_expression(printer, argument->value);
            continue;
        }
        begin_line(printer, "argument");
        add_word(printer, argument->name.text);
        end_line(printer);
        printer->depth++;
        print_expression(printer, argument->value);
        printer->depth--;
    }
    printer->depth--;
}

static void
print_below(struct printer *printer, const struct ast_expression *expression)
{
    if (expression == NULL)
        return;
    printer->depth++;
    print_expression(printer, expression);
    printer->depth--;
}

static void
print_list(struct printer *printer, const char *word, const struct ast_expression_list *list)
{
    line(printer, word);
    for (size_t index = 0; index < list->count; index++)
        print_below(printer, list->items[index]);
}

static void
print_octets(struct printer *printer, struct text octets)
{
    begin_line(printer, "bytes ");
    for (size_t index = 0; index < octets.size_bytes; index++)
        text_builder_format(printer->builder, "%02x", (unsigned)(unsigned char)octets.data[index]);
    end_line(printer);
}

static void
print_literal(struct printer *printer, const struct ast_expression *expression)
{
    begin_line(printer, "literal");
    add_path(printer, &expression->as.literal.path);
    end_line(printer);
    printer->depth++;
    for (size_t index = 0; index < expression->as.literal.members.count; index++) {
        const struct ast_member_value *member = &expression->as.literal.members.items[index];
        begin_line(printer, "member");
        add_word(printer, member->name.text);
        end_line(printer);
        print_below(printer, member->value);
    }
    printer->depth--;
}

static void
print_map(struct printer *printer, const struct ast_map_entry_list *map)
{
    line(printer, "map");
    printer->depth++;
    for (size_t index = 0; index < map->count; index++) {
        line(printer, "entry");
        print_below(printer, map->items[index].key);
        print_below(printer, map->items[index].value);
    }
    printer->depth--;
}

static void
print_await(struct printer *printer, const struct ast_expression *expression)
{
    begin_line(printer, "await");
    if (expression->as.await.name.text.size_bytes != 0) {
        add_string(printer, "@");
        text_builder_add(printer->builder, expression->as.await.name.text);
    }
    end_line(printer);
    print_below(printer, expression->as.await.operand);
    if (expression->as.await.within != NULL) {
        printer->depth++;
        line(printer, "within");
        print_below(printer, expression->as.await.within);
        printer->depth--;
    }
}

/* A word, something behind it, and nothing below. */
static void
print_leaf(struct printer *printer, const struct ast_expression *expression)
{
    switch (expression->kind) {
    case AST_EXPRESSION_BOOLEAN: line(printer, expression->as.boolean ? "true" : "false"); return;
    case AST_EXPRESSION_INTEGER:
        begin_line(printer, "integer");
        text_builder_format(printer->builder, " %llu", (unsigned long long)expression->as.integer);
        break;
    case AST_EXPRESSION_DOUBLE:
        begin_line(printer, "double");
        text_builder_format(printer->builder, " %.17g", expression->as.real);
        break;
    case AST_EXPRESSION_DECIMAL:
        begin_line(printer, "decimal");
        add_word(printer, expression->as.text);
        break;
    case AST_EXPRESSION_DURATION:
        begin_line(printer, "duration");
        text_builder_format(printer->builder, " %lldns", (long long)expression->as.duration_ns);
        break;
    case AST_EXPRESSION_STRING:
        begin_line(printer, "string ");
        text_builder_add_json(printer->builder, expression->as.text);
        break;
    case AST_EXPRESSION_NAME:
        begin_line(printer, "name");
        add_word(printer, expression->as.text);
        break;
    case AST_EXPRESSION_BAD: line(printer, "BAD"); return;
    case AST_EXPRESSION_NULL: line(printer, "null"); return;
    case AST_EXPRESSION_BYTES: print_octets(printer, expression->as.text); return;
    case AST_EXPRESSION_INTERPOLATION:
    case AST_EXPRESSION_MEMBER:
    case AST_EXPRESSION_OPTIONAL_MEMBER:
    case AST_EXPRESSION_INDEX:
    case AST_EXPRESSION_CALL:
    case AST_EXPRESSION_TYPE_CALL:
    case AST_EXPRESSION_UNWRAP:
    case AST_EXPRESSION_UNARY:
    case AST_EXPRESSION_BINARY:
    case AST_EXPRESSION_CONDITIONAL:
    case AST_EXPRESSION_AWAIT:
    case AST_EXPRESSION_START:
    case AST_EXPRESSION_LITERAL:
    case AST_EXPRESSION_ARRAY:
    case AST_EXPRESSION_MAP:
    case AST_EXPRESSION_PARENTHESES: return; /* no leaves */
    }
    end_line(printer);
}

static void
print_member(struct printer *printer, const char *word, const struct ast_expression *expression)
{
    begin_line(printer, word);
    add_word(printer, expression->as.member.name.text);
    end_line(printer);
    print_below(printer, expression->as.member.operand);
}

static void
print_expression(struct printer *printer, const struct ast_expression *expression)
{
    switch (expression->kind) {
    case AST_EXPRESSION_BAD:
    case AST_EXPRESSION_BOOLEAN:
    case AST_EXPRESSION_NULL:
    case AST_EXPRESSION_INTEGER:
    case AST_EXPRESSION_DOUBLE:
    case AST_EXPRESSION_DECIMAL:
    case AST_EXPRESSION_DURATION:
    case AST_EXPRESSION_STRING:
    case AST_EXPRESSION_BYTES:
    case AST_EXPRESSION_NAME: print_leaf(printer, expression); break;
    case AST_EXPRESSION_INTERPOLATION: print_list(printer, "interpolation", &expression->as.list); break;
    case AST_EXPRESSION_MEMBER: print_member(printer, "member", expression); break;
    case AST_EXPRESSION_OPTIONAL_MEMBER: print_member(printer, "optional-member", expression); break;
    case AST_EXPRESSION_INDEX:
        line(printer, "index");
        print_below(printer, expression->as.index.operand);
        print_below(printer, expression->as.index.index);
        break;
    case AST_EXPRESSION_CALL:
        line(printer, "call");
        print_below(printer, expression->as.call.callee);
        print_arguments(printer, &expression->as.call.arguments);
        break;
    case AST_EXPRESSION_TYPE_CALL:
        begin_line(printer, "type-call");
        add_type(printer, expression->as.type_call.type);
        end_line(printer);
        print_arguments(printer, &expression->as.type_call.arguments);
        break;
    case AST_EXPRESSION_UNWRAP:
        line(printer, "unwrap");
        print_below(printer, expression->as.operand);
        break;
    case AST_EXPRESSION_UNARY:
        line(printer, unary_signs[expression->as.unary.operator]);
        print_below(printer, expression->as.unary.operand);
        break;
    case AST_EXPRESSION_BINARY:
        line(printer, binary_signs[expression->as.binary.operator]);
        print_below(printer, expression->as.binary.left);
        print_below(printer, expression->as.binary.right);
        break;
    case AST_EXPRESSION_CONDITIONAL:
        line(printer, "?:");
        print_below(printer, expression->as.conditional.condition);
        print_below(printer, expression->as.conditional.then);
        print_below(printer, expression->as.conditional.otherwise);
        break;
    case AST_EXPRESSION_AWAIT: print_await(printer, expression); break;
    case AST_EXPRESSION_START:
        line(printer, expression->as.start.is_detached ? "start detached" : "start");
        print_below(printer, expression->as.start.operand);
        break;
    case AST_EXPRESSION_LITERAL: print_literal(printer, expression); break;
    case AST_EXPRESSION_ARRAY: print_list(printer, "array", &expression->as.list); break;
    case AST_EXPRESSION_MAP: print_map(printer, &expression->as.map); break;
    case AST_EXPRESSION_PARENTHESES:
        line(printer, "()");
        print_below(printer, expression->as.operand);
        break;
    }
}

/* ---- statements ---- */

static void
print_statement_below(struct printer *printer, const struct ast_statement *statement)
{
    if (statement == NULL)
        return;
    printer->depth++;
    print_statement(printer, statement);
    printer->depth--;
}

static void
print_statements(struct printer *printer, const struct ast_statement_list *statements)
{
    for (size_t index = 0; index < statements->count; index++)
        print_statement_below(printer, statements->items[index]);
}

static void
print_local(struct printer *printer, const struct ast_statement *statement)
{
    begin_line(printer, "local");
    add_type(printer, statement->as.local.type);
    add_word(printer, statement->as.local.name.text);
    end_line(printer);
    print_below(printer, statement->as.local.value);
}

static void
print_assign(struct printer *printer, const struct ast_statement *statement)
{
    if (statement->as.assign.has_operator) {
        begin_line(printer, binary_signs[statement->as.assign.operator]);
        text_builder_add_string(printer->builder, "=");
        end_line(printer);
    } else {
        line(printer, "=");
    }
    print_below(printer, statement->as.assign.target);
    print_below(printer, statement->as.assign.value);
}

static void
print_for(struct printer *printer, const struct ast_statement *statement)
{
    line(printer, "for");
    printer->depth++;
    line(printer, "first");
    print_statement_below(printer, statement->as.for_.initialise);
    line(printer, "condition");
    print_below(printer, statement->as.for_.condition);
    line(printer, "step");
    print_statement_below(printer, statement->as.for_.step);
    printer->depth--;
    print_statement_below(printer, statement->as.for_.body);
}

static void
print_for_each(struct printer *printer, const struct ast_statement *statement)
{
    begin_line(printer, statement->as.for_each.limit == NULL ? "for-each" : "for-range");
    add_type(printer, statement->as.for_each.variable.type);
    add_word(printer, statement->as.for_each.variable.name.text);
    if (statement->as.for_each.second.name.text.size_bytes != 0) {
        add_type(printer, statement->as.for_each.second.type);
        add_word(printer, statement->as.for_each.second.name.text);
    }
    end_line(printer);
    print_below(printer, statement->as.for_each.source);
    print_below(printer, statement->as.for_each.limit);
    print_statement_below(printer, statement->as.for_each.body);
}

static void
print_switch(struct printer *printer, const struct ast_statement *statement)
{
    line(printer, "switch");
    print_below(printer, statement->as.switch_.value);
    printer->depth++;
    for (size_t index = 0; index < statement->as.switch_.cases.count; index++) {
        const struct ast_switch_case *one = &statement->as.switch_.cases.items[index];
        line(printer, one->is_default ? "default" : "case");
        printer->depth++;
        for (size_t label = 0; label < one->labels.count; label++) {
            begin_line(printer, "label");
            if (one->labels.items[label].binding.text.size_bytes != 0)
                add_word(printer, one->labels.items[label].binding.text);
            end_line(printer);
            print_below(printer, one->labels.items[label].value);
        }
        printer->depth--;
        print_statements(printer, &one->body);
    }
    printer->depth--;
}

static void
print_select(struct printer *printer, const struct ast_statement *statement)
{
    line(printer, "select");
    printer->depth++;
    for (size_t index = 0; index < statement->as.select.count; index++) {
        const struct ast_select_case *one = &statement->as.select.items[index];
        begin_line(printer, one->kind == AST_SELECT_AFTER ? "case after" : "case await");
        if (one->kind == AST_SELECT_BAD)
            add_string(printer, "BAD");
        if (one->kind == AST_SELECT_VALUE) {
            add_type(printer, one->type);
            add_word(printer, one->name.text);
        }
        end_line(printer);
        print_below(printer, one->source);
        print_statements(printer, &one->body);
    }
    printer->depth--;
}

static void
print_try(struct printer *printer, const struct ast_statement *statement)
{
    line(printer, "try");
    print_statement_below(printer, statement->as.try_.body);
    for (size_t index = 0; index < statement->as.try_.catches.count; index++) {
        const struct ast_catch *one = &statement->as.try_.catches.items[index];
        begin_line(printer, "catch");
        add_type(printer, one->type);
        add_word(printer, one->name.text);
        end_line(printer);
        print_statement_below(printer, one->body);
    }
    if (statement->as.try_.finally_body != NULL) {
        line(printer, "finally");
        print_statement_below(printer, statement->as.try_.finally_body);
    }
}

static void
print_mock(struct printer *printer, const struct ast_statement *statement)
{
    begin_line(printer, "mock");
    add_path(printer, &statement->as.mock.path);
    for (size_t index = 0; index < statement->as.mock.parameters.count; index++)
        add_word(printer, statement->as.mock.parameters.items[index].text);
    end_line(printer);
    print_statement_below(printer, statement->as.mock.body);
}

static void
print_value(struct printer *printer, const char *word, const struct ast_statement *statement)
{
    line(printer, word);
    print_below(printer, statement->as.value);
}

static void
print_statement(struct printer *printer, const struct ast_statement *statement)
{
    switch (statement->kind) {
    case AST_STATEMENT_BAD: line(printer, "BAD"); break;
    case AST_STATEMENT_EMPTY: line(printer, "empty"); break;
    case AST_STATEMENT_BLOCK:
        line(printer, "block");
        print_statements(printer, &statement->as.block.statements);
        break;
    case AST_STATEMENT_LOCAL: print_local(printer, statement); break;
    case AST_STATEMENT_EXPRESSION: print_value(printer, "expression", statement); break;
    case AST_STATEMENT_ASSIGN: print_assign(printer, statement); break;
    case AST_STATEMENT_INCREMENT: print_value(printer, "++", statement); break;
    case AST_STATEMENT_DECREMENT: print_value(printer, "--", statement); break;
    case AST_STATEMENT_IF:
        line(printer, "if");
        print_below(printer, statement->as.branch.condition);
        print_statement_below(printer, statement->as.branch.then);
        if (statement->as.branch.otherwise != NULL)
            line(printer, "else");
        print_statement_below(printer, statement->as.branch.otherwise);
        break;
    case AST_STATEMENT_WHILE:
    case AST_STATEMENT_DO:
        line(printer, statement->kind == AST_STATEMENT_WHILE ? "while" : "do-while");
        print_below(printer, statement->as.loop.condition);
        print_statement_below(printer, statement->as.loop.body);
        break;
    case AST_STATEMENT_FOR: print_for(printer, statement); break;
    case AST_STATEMENT_FOR_EACH: print_for_each(printer, statement); break;
    case AST_STATEMENT_SWITCH: print_switch(printer, statement); break;
    case AST_STATEMENT_SELECT: print_select(printer, statement); break;
    case AST_STATEMENT_BREAK: line(printer, "break"); break;
    case AST_STATEMENT_CONTINUE: line(printer, "continue"); break;
    case AST_STATEMENT_RETURN: print_value(printer, "return", statement); break;
    case AST_STATEMENT_THROW: print_value(printer, "throw", statement); break;
    case AST_STATEMENT_TRY: print_try(printer, statement); break;
    case AST_STATEMENT_COMPENSATE:
        line(printer, "compensate");
        print_statement_below(printer, statement->as.body);
        break;
    case AST_STATEMENT_CANCEL: print_value(printer, "cancel", statement); break;
    case AST_STATEMENT_PUBLISH: print_value(printer, "publish", statement); break;
    case AST_STATEMENT_MOCK: print_mock(printer, statement); break;
    case AST_STATEMENT_ASSERT: print_value(printer, "assert", statement); break;
    }
}

/* ---- declarations ---- */

static void
print_annotations(struct printer *printer, const struct ast_annotation_list *annotations)
{
    for (size_t index = 0; index < annotations->count; index++) {
        begin_line(printer, "@");
        text_builder_add(printer->builder, annotations->items[index].name.text);
        end_line(printer);
        print_arguments(printer, &annotations->items[index].arguments);
    }
}

static void
print_documentation(struct printer *printer, struct text documentation)
{
    if (documentation.size_bytes == 0)
        return;
    begin_line(printer, "documentation ");
    text_builder_add_json(printer->builder, documentation);
    end_line(printer);
}

static void
print_parameters(struct printer *printer, const char *word, const struct ast_parameter_list *parameters)
{
    for (size_t index = 0; index < parameters->count; index++) {
        const struct ast_parameter *parameter = &parameters->items[index];
        begin_line(printer, word);
        add_type(printer, parameter->type);
        add_word(printer, parameter->name.text);
        end_line(printer);
        printer->depth++;
        print_annotations(printer, &parameter->annotations);
        printer->depth--;
        print_below(printer, parameter->default_value);
    }
}

static void
print_members(struct printer *printer, const struct ast_member_list *members)
{
    for (size_t index = 0; index < members->count; index++) {
        const struct ast_member *member = &members->items[index];
        begin_line(printer, "member");
        add_type(printer, member->type);
        add_word(printer, member->name.text);
        end_line(printer);
        printer->depth++;
        print_documentation(printer, member->documentation);
        print_annotations(printer, &member->annotations);
        printer->depth--;
        print_below(printer, member->default_value);
    }
}

static void
print_enumerators(struct printer *printer, const struct ast_enumerator_list *enumerators)
{
    for (size_t index = 0; index < enumerators->count; index++) {
        const struct ast_enumerator *enumerator = &enumerators->items[index];
        begin_line(printer, "enumerator");
        add_word(printer, enumerator->name.text);
        end_line(printer);
        printer->depth++;
        print_documentation(printer, enumerator->documentation);
        print_annotations(printer, &enumerator->annotations);
        printer->depth--;
        print_below(printer, enumerator->value);
    }
}

static void
add_paths(struct printer *printer, const char *word, const struct ast_path_list *paths)
{
    if (paths->count != 0)
        add_string(printer, word);
    for (size_t index = 0; index < paths->count; index++) {
        if (index != 0)
            text_builder_add_character(printer->builder, ',');
        add_path(printer, &paths->items[index]);
    }
}

static const char *const declaration_words[] = {
    [AST_DECLARATION_CONST] = "const",
    [AST_DECLARATION_ENUM] = "enum",
    [AST_DECLARATION_STRUCT] = "struct",
    [AST_DECLARATION_UNION] = "union",
    [AST_DECLARATION_ERROR] = "error",
    [AST_DECLARATION_EVENT] = "event",
    [AST_DECLARATION_INTERFACE] = "interface",
    [AST_DECLARATION_SERVICE] = "service",
    [AST_DECLARATION_FUNCTION] = "function",
    [AST_DECLARATION_USE] = "use",
    [AST_DECLARATION_CONFIG] = "config",
    [AST_DECLARATION_STATE] = "state",
    [AST_DECLARATION_ON] = "on",
    [AST_DECLARATION_MIGRATE] = "migrate",
    [AST_DECLARATION_TEST] = "test",
};

/* The rest of a declaration's first line. */
static void
add_head(struct printer *printer, const struct ast_declaration *declaration)
{
    switch (declaration->kind) {
    case AST_DECLARATION_CONST:
    case AST_DECLARATION_CONFIG:
    case AST_DECLARATION_STATE:
        if (declaration->as.variable.is_secret)
            add_string(printer, "secret");
        add_type(printer, declaration->as.variable.type);
        add_word(printer, declaration->name.text);
        break;
    case AST_DECLARATION_ENUM:
    case AST_DECLARATION_STRUCT:
    case AST_DECLARATION_UNION:
    case AST_DECLARATION_ERROR:
    case AST_DECLARATION_EVENT: add_word(printer, declaration->name.text); break;
    case AST_DECLARATION_INTERFACE:
        add_word(printer, declaration->name.text);
        if (declaration->as.interface.is_keyed)
            add_string(printer, "keyed");
        break;
    case AST_DECLARATION_SERVICE:
        add_word(printer, declaration->name.text);
        if (declaration->as.service.is_keyed)
            add_string(printer, "keyed");
        add_paths(printer, ":", &declaration->as.service.interfaces);
        break;
    case AST_DECLARATION_FUNCTION: {
        const struct ast_modifiers *modifiers = &declaration->as.function.modifiers;
        const struct {
            struct span span;
            const char *word;
        } words[] = {
            { modifiers->extern_, "extern" }, { modifiers->private_, "private" }, { modifiers->query, "query" },
            { modifiers->shared, "shared" },  { modifiers->async, "async" },
        };
        for (size_t index = 0; index < sizeof words / sizeof words[0]; index++) {
            if (ast_is_written(words[index].span))
                add_string(printer, words[index].word);
        }
        add_type(printer, declaration->as.function.result);
        add_word(printer, declaration->name.text);
        add_paths(printer, "throws", &declaration->as.function.throws);
        break;
    }
    case AST_DECLARATION_USE:
        add_path(printer, &declaration->as.use);
        add_word(printer, declaration->name.text);
        break;
    case AST_DECLARATION_ON:
        add_type(printer, declaration->as.on.type);
        add_word(printer, declaration->as.on.parameter.text);
        break;
    case AST_DECLARATION_MIGRATE:
        add_path(printer, &declaration->as.migrate.routine);
        text_builder_add_string(printer->builder, " @");
        text_builder_add(printer->builder, declaration->as.migrate.await.text);
        break;
    case AST_DECLARATION_TEST:
        text_builder_add_character(printer->builder, ' ');
        text_builder_add_json(printer->builder, declaration->name.text);
        break;
    }
}

static void
print_declarations(struct printer *printer, const struct ast_declaration_list *declarations)
{
    for (size_t index = 0; index < declarations->count; index++)
        print_declaration(printer, declarations->items[index]);
}

static void
print_body(struct printer *printer, const struct ast_declaration *declaration)
{
    switch (declaration->kind) {
    case AST_DECLARATION_CONST:
    case AST_DECLARATION_CONFIG:
    case AST_DECLARATION_STATE:
        if (declaration->as.variable.value != NULL)
            print_expression(printer, declaration->as.variable.value);
        break;
    case AST_DECLARATION_ENUM: print_enumerators(printer, &declaration->as.enumerators); break;
    case AST_DECLARATION_STRUCT:
    case AST_DECLARATION_UNION:
    case AST_DECLARATION_ERROR:
    case AST_DECLARATION_EVENT: print_members(printer, &declaration->as.members); break;
    case AST_DECLARATION_INTERFACE:
        print_parameters(printer, "key", &declaration->as.interface.keys);
        print_declarations(printer, &declaration->as.interface.methods);
        break;
    case AST_DECLARATION_SERVICE:
        print_parameters(printer, "key", &declaration->as.service.keys);
        print_declarations(printer, &declaration->as.service.members);
        break;
    case AST_DECLARATION_FUNCTION:
        print_parameters(printer, "parameter", &declaration->as.function.parameters);
        if (declaration->as.function.body != NULL)
            print_statement(printer, declaration->as.function.body);
        break;
    case AST_DECLARATION_USE: break;
    case AST_DECLARATION_ON: print_statement(printer, declaration->as.on.body); break;
    case AST_DECLARATION_MIGRATE:
        print_parameters(printer, "variable", &declaration->as.migrate.variables);
        print_statement(printer, declaration->as.migrate.body);
        break;
    case AST_DECLARATION_TEST: print_statement(printer, declaration->as.test); break;
    }
}

static void
print_declaration(struct printer *printer, const struct ast_declaration *declaration)
{
    begin_line(printer, declaration_words[declaration->kind]);
    add_head(printer, declaration);
    end_line(printer);
    printer->depth++;
    print_documentation(printer, declaration->documentation);
    print_annotations(printer, &declaration->annotations);
    print_body(printer, declaration);
    printer->depth--;
}

void
ast_print(struct text_builder *builder, const struct ast_file *file)
{
    struct printer printer = { builder, 0 };
    if (file->module.count != 0) {
        begin_line(&printer, "module");
        add_path(&printer, &file->module);
        end_line(&printer);
    }
    for (size_t index = 0; index < file->imports.count; index++) {
        const struct ast_import *import = &file->imports.items[index];
        begin_line(&printer, "import");
        if (import->path.count != 0) {
            add_path(&printer, &import->path);
        } else {
            text_builder_add_character(builder, ' ');
            text_builder_add_json(builder, import->file);
        }
        end_line(&printer);
    }
    print_declarations(&printer, &file->declarations);
}
