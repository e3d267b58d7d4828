/* Constructors of the parsed tree, one for each production of grammar/parser.y that makes a node.
 * They set spans and depths, report what the grammar can't say, and never fail: past the nesting
 * limit they give a BAD node. All nodes lie in parser->arena. For the generated parser only. */
#ifndef DSY_COMPILER_SYNTAX_AST_BUILD_H
#define DSY_COMPILER_SYNTAX_AST_BUILD_H

#include "compiler/syntax/ast.h"
#include "compiler/syntax/parser.h"
#include "compiler/syntax/token.h"

/* Values of productions that are no nodes of their own. */
struct ast_keys {
    bool is_keyed;
    struct ast_parameter_list parameters;
};
struct ast_arguments {
    struct ast_argument_list list;
    struct span end; /* of the closing parenthesis */
};
struct ast_throws {
    struct ast_path_list paths;
    struct span span;
};
struct ast_body {
    struct ast_statement *block; /* NULL for `;` */
    struct span span;
};
struct ast_operator {
    enum ast_binary_operator code;
    struct span span;
};
struct ast_function_parts {
    struct ast_modifiers modifiers;
    struct ast_type *result;
    struct token name;
    struct ast_parameter_list parameters;
    struct ast_throws throws;
    struct ast_annotation_list annotations;
    struct ast_body body;
};

/* ---- the file ---- */

void ast_add_module(struct parser *parser, struct span begin, struct ast_path path, struct span end);
void ast_add_import_file(struct parser *parser, struct span begin, struct token file, struct span end);
void ast_add_import_path(struct parser *parser, struct span begin, struct ast_path path, struct span end);
void ast_add_declaration(struct parser *parser, struct ast_annotation_list annotations,
                         struct ast_declaration *declaration);

struct ast_path ast_path(struct parser *parser, struct token name);
struct ast_path ast_path_add(struct parser *parser, struct ast_path path, struct token name);
struct ast_path_list ast_paths(struct parser *parser, struct ast_path_list list, struct ast_path path);
struct ast_name_list ast_names(struct parser *parser, struct ast_name_list list, struct token name);

/* ---- types ---- */

struct ast_type *ast_type_built_in(struct parser *parser, enum ast_built_in_type built_in, struct span span);
struct ast_type *ast_type_named(struct parser *parser, const struct ast_expression *name);
struct ast_type *ast_type_array(struct parser *parser, struct ast_type *element, struct span end);
struct ast_type *ast_type_optional(struct parser *parser, struct ast_type *element, struct span end);
struct ast_type *ast_type_map(struct parser *parser, struct span begin, struct ast_type *key, struct ast_type *element,
                              struct span end);
struct ast_type *ast_type_of(struct parser *parser, enum ast_type_kind kind, struct span begin,
                             struct ast_type *element, struct span end);

/* ---- declarations ---- */

struct ast_annotation_list ast_annotation(struct parser *parser, struct ast_annotation_list list, struct span begin,
                                          struct token name, struct ast_argument_list arguments, struct span end);
/* value may be NULL. kind: CONST, CONFIG or STATE. */
struct ast_declaration *ast_variable(struct parser *parser, enum ast_declaration_kind kind, struct span span,
                                     struct ast_type *type, struct token name, struct ast_expression *value);
struct ast_declaration *ast_secret(struct parser *parser, struct span span, struct ast_type *type, struct token name,
                                   struct ast_expression *value);
struct ast_declaration *ast_enum(struct parser *parser, struct span span, struct token name,
                                 struct ast_enumerator_list enumerators);
struct ast_enumerator *ast_enumerator(struct parser *parser, struct token name, struct ast_expression *value,
                                      struct ast_annotation_list annotations);
/* enumerator NULL: it was an error; nothing is added. */
struct ast_enumerator_list ast_enumerators(struct parser *parser, struct ast_enumerator_list list,
                                           const struct ast_enumerator *enumerator);
/* kind: STRUCT, UNION, ERROR or EVENT. */
struct ast_declaration *ast_structure(struct parser *parser, enum ast_declaration_kind kind, struct span span,
                                      struct token name, struct ast_member_list members);
struct ast_member_list ast_member(struct parser *parser, struct ast_member_list list, struct ast_annotation_list before,
                                  struct ast_type *type, struct token name, struct ast_expression *value,
                                  struct ast_annotation_list behind, struct span end);
struct ast_declaration *ast_interface(struct parser *parser, struct span span, struct token name, struct ast_keys keys,
                                      struct ast_declaration_list methods);
struct ast_declaration *ast_service(struct parser *parser, struct span span, struct token name, struct ast_keys keys,
                                    struct ast_path_list interfaces, struct ast_declaration_list members);
/* Add a method or member, with the annotations before it. */
struct ast_declaration_list ast_declarations(struct parser *parser, struct ast_declaration_list list,
                                             struct ast_annotation_list annotations,
                                             struct ast_declaration *declaration);
struct ast_declaration *ast_use(struct parser *parser, struct span span, struct ast_path path, struct token name);
struct ast_declaration *ast_on(struct parser *parser, struct span begin, struct ast_type *type, struct token parameter,
                               struct ast_statement *body);
struct ast_declaration *ast_migrate(struct parser *parser, struct span begin, struct ast_path routine,
                                    struct token await, struct ast_parameter_list variables,
                                    struct ast_statement *body);
struct ast_declaration *ast_test(struct parser *parser, struct span begin, struct token name,
                                 struct ast_statement *body);
struct ast_declaration *ast_function(struct parser *parser, const struct ast_function_parts *parts);
void ast_modify(struct parser *parser, struct span *modifier, struct token word);
struct ast_parameter_list ast_parameter(struct parser *parser, struct ast_parameter_list list, struct ast_type *type,
                                        struct token name, struct ast_expression *default_value,
                                        struct ast_annotation_list annotations);
struct ast_throws ast_throws(struct parser *parser, struct span begin, struct ast_path_list paths);

/* ---- statements ---- */

struct ast_statement *ast_block(struct parser *parser, struct span begin, struct ast_statement_list statements,
                                struct span end);
struct ast_statement_list ast_statements(struct parser *parser, struct ast_statement_list list,
                                         struct ast_statement *statement);
struct ast_statement *ast_plain_statement(struct parser *parser, enum ast_statement_kind kind, struct span span);
struct ast_statement *ast_value_statement(struct parser *parser, enum ast_statement_kind kind, struct span span,
                                          struct ast_expression *value);
/* Stretch a statement over its `;`. */
struct ast_statement *ast_end_statement(struct ast_statement *statement, struct span end);
struct ast_statement *ast_local(struct parser *parser, struct ast_type *type, struct token name,
                                struct ast_expression *value);
struct ast_statement *ast_var(struct parser *parser, struct span begin, struct token name,
                              struct ast_expression *value);
struct ast_statement *ast_expression_statement(struct parser *parser, struct ast_expression *value);
/* Report an expression statement that is neither call nor await nor start: only now, when nothing follows it. */
struct ast_statement *ast_check_simple(struct parser *parser, struct ast_statement *statement);
struct ast_statement *ast_assign(struct parser *parser, struct ast_expression *target, struct span operator_span,
                                 struct ast_expression *value);
struct ast_statement *ast_assign_operator(struct parser *parser, struct ast_expression *target,
                                          enum ast_binary_operator operator, struct span operator_span,
                                          struct ast_expression *value);
/* kind: INCREMENT or DECREMENT. */
struct ast_statement *ast_step(struct parser *parser, enum ast_statement_kind kind, struct ast_expression *target,
                               struct span end);
struct ast_statement *ast_if(struct parser *parser, struct span begin, struct ast_expression *condition,
                             struct ast_statement *then, struct ast_statement *otherwise);
/* kind: WHILE or DO. */
struct ast_statement *ast_loop(struct parser *parser, enum ast_statement_kind kind, struct span begin,
                               struct ast_expression *condition, struct ast_statement *body, struct span end);
/* A for in two parts: its header, then its body. */
struct ast_statement *ast_for(struct parser *parser, struct ast_statement *initialise, struct ast_expression *condition,
                              struct ast_statement *step);
struct ast_statement *ast_for_each(struct parser *parser, const struct ast_loop_variable *variable,
                                   const struct ast_loop_variable *second, struct ast_expression *source,
                                   struct ast_expression *limit);
struct ast_statement *ast_for_body(struct parser *parser, struct span begin, struct ast_statement *header,
                                   struct ast_statement *body);
struct ast_loop_variable *ast_loop_variable(struct parser *parser, struct ast_type *type, struct token name);
struct ast_statement *ast_switch(struct parser *parser, struct span span, struct ast_expression *value,
                                 struct ast_switch_case_list cases);
struct ast_switch_case_list ast_switch_case(struct parser *parser, struct ast_switch_case_list list, struct span span,
                                            struct ast_label_list labels, bool is_default,
                                            struct ast_statement_list body);
struct ast_label_list ast_label(struct parser *parser, struct ast_label_list list, struct ast_expression *value);
struct ast_label_list ast_label_binding(struct parser *parser, struct ast_label_list list,
                                        struct ast_expression *variant, struct token binding);
struct ast_statement *ast_select(struct parser *parser, struct span span, struct ast_select_case_list cases);
struct ast_select_case *ast_select_case(struct parser *parser, enum ast_select_case_kind kind, struct ast_type *type,
                                        struct token name, struct ast_expression *source);
struct ast_select_case_list ast_select_body(struct parser *parser, struct ast_select_case_list list,
                                            struct ast_select_case *head, struct span span,
                                            struct ast_statement_list body);
struct ast_statement *ast_try(struct parser *parser, struct span begin, struct ast_statement *body,
                              struct ast_catch_list catches, struct ast_statement *finally_body);
struct ast_catch_list ast_catch(struct parser *parser, struct ast_catch_list list, struct span span,
                                struct ast_type *type, struct token name, struct ast_statement *body);
struct ast_statement *ast_compensate(struct parser *parser, struct span begin, struct ast_statement *body);
struct ast_statement *ast_mock(struct parser *parser, struct span begin, struct ast_path path,
                               struct ast_name_list parameters, struct ast_statement *body);

/* ---- expressions ---- */

struct ast_expression *ast_bad_expression(struct parser *parser, struct span span);
struct ast_expression *ast_name(struct parser *parser, struct token name);
/* kind: MEMBER or OPTIONAL_MEMBER. */
struct ast_expression *ast_dot(struct parser *parser, enum ast_expression_kind kind, struct ast_expression *operand,
                               struct token name);
/* A node without parts: NULL, or an empty ARRAY or MAP. */
struct ast_expression *ast_leaf(struct parser *parser, enum ast_expression_kind kind, struct span span);
struct ast_expression *ast_boolean(struct parser *parser, struct span span, bool value);
struct ast_expression *ast_integer(struct parser *parser, struct token token);
struct ast_expression *ast_double(struct parser *parser, struct token token);
struct ast_expression *ast_duration(struct parser *parser, struct token token);
/* kind: STRING, BYTES or DECIMAL. */
struct ast_expression *ast_text(struct parser *parser, enum ast_expression_kind kind, struct token token);
struct ast_expression *ast_interpolation(struct parser *parser, struct token text, struct ast_expression *value);
struct ast_expression *ast_interpolation_add(struct parser *parser, struct ast_expression *interpolation,
                                             struct token text, struct ast_expression *value);
struct ast_expression *ast_interpolation_end(struct parser *parser, struct ast_expression *interpolation,
                                             struct token text);
struct ast_expression *ast_parentheses(struct parser *parser, struct span begin, struct ast_expression *operand,
                                       struct span end);
struct ast_expression *ast_array(struct parser *parser, struct span span, struct ast_expression_list items);
struct ast_expression_list ast_expressions(struct parser *parser, struct ast_expression_list list,
                                           struct ast_expression *item);
struct ast_expression *ast_map(struct parser *parser, struct span span, struct ast_map_entry_list entries);
struct ast_map_entry_list ast_map_entry(struct parser *parser, struct ast_map_entry_list list,
                                        struct ast_expression *key, struct ast_expression *value);
struct ast_expression *ast_literal(struct parser *parser, const struct ast_expression *name,
                                   struct ast_member_value_list members, struct span end);
struct ast_member_value_list ast_member_value(struct parser *parser, struct ast_member_value_list list,
                                              struct span begin, struct token name, struct ast_expression *value);
struct ast_expression *ast_type_call(struct parser *parser, struct ast_type *type, struct ast_argument_list arguments,
                                     struct span end);
struct ast_expression *ast_call(struct parser *parser, struct ast_expression *callee,
                                struct ast_argument_list arguments, struct span end);
/* name: its span is {0, 0} for a positional argument. */
struct ast_argument_list ast_argument(struct parser *parser, struct ast_argument_list list, struct token name,
                                      struct ast_expression *value);
struct ast_expression *ast_unwrap(struct parser *parser, struct ast_expression *operand, struct span end);
struct ast_expression *ast_index(struct parser *parser, struct ast_expression *operand, struct ast_expression *index,
                                 struct span end);
struct ast_expression *ast_await(struct parser *parser, struct span begin, struct token name,
                                 struct ast_expression *operand, struct ast_expression *within);
struct ast_expression *ast_start(struct parser *parser, struct span begin, struct ast_expression *operand,
                                 bool is_detached);
struct ast_expression *ast_unary(struct parser *parser, enum ast_unary_operator operator, struct span operator_span,
                                 struct ast_expression *operand);
struct ast_expression *ast_binary(struct parser *parser, enum ast_binary_operator operator,
                                  struct ast_expression * left, struct span operator_span,
                                  struct ast_expression *right);
struct ast_expression *ast_conditional(struct parser *parser, struct ast_expression *condition,
                                       struct ast_expression *then, struct ast_expression *otherwise);

#endif
