/* The grammar of the language: language.md, sections 3 to 12. Lemon makes the parser of it.
 * Each action is one call of a constructor of compiler/syntax/ast_build.h.
 *
 * Declarations or expressions? A statement may begin with `name`, which is a type (`Order order`), a
 * literal (`Order{…}`), or the front of a call or a target. `name` is reduced to one or the other by the
 * token behind it: an identifier, `[]` or `?` makes it a type. An expression statement is a postfix
 * expression, `await` or `start`, so no operator can stand there that would make `T? x` ambiguous.
 * Whether `a.b` is a module's name or a member is the checker's to know.
 *
 * Words that are reserved only where they begin a construct fall back to ID (%fallback). Behind a dot and
 * as names of members every word may stand (`word`).
 *
 * Errors: `error RECOVER_…` marks the places where parsing goes on. compiler/syntax/parse.c skips to such a
 * place and then feeds the RECOVER token that the parser expects. */

%name grammar_parse
%token_prefix TOKEN_
%token_type {struct token}
%default_type {struct token}
%extra_argument {struct parser *parser}
%start_symbol file

/* Deep enough for AST_DEPTH_MAX levels of whatever nests; beyond it the program is too deeply nested. */
%stack_size 4000
%stack_overflow { parser_stack_overflow(parser); }

%include {
/* Lemon's assertions check its tables, not our input, and cost a third of the speed. */
#ifndef NDEBUG
#define NDEBUG 1
#endif
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "compiler/syntax/ast_build.h"
#include "compiler/syntax/parser.h"
}

%fallback ID
    MODULE IMPORT ENUM STRUCT UNION ERROR EVENT INTERFACE SERVICE USE CONFIG STATE QUERY SHARED PRIVATE ON
    PUBLISH COMPENSATE CANCEL SELECT AFTER DETACHED SECRET MIGRATE TEST MOCK ASSERT.

%token ILLEGAL RECOVER_DECLARATION RECOVER_MEMBER RECOVER_ENUMERATOR RECOVER_STATEMENT RECOVER_LIST RECOVER_LABEL.

%nonassoc ALONE.
%nonassoc ELSE.
%right QUESTION.
%right COALESCE.
%left LOGICAL_OR.
%left LOGICAL_AND.
%nonassoc EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL.
%left OR.
%left XOR.
%left AND.
%left SHIFT_LEFT SHIFT_RIGHT.
%left PLUS MINUS.
%left STAR SLASH PERCENT.
%right UNARY.

%syntax_error { parser_syntax_error(parser, yymajor, &TOKEN); }

/* ---- the file ---- */

file ::= items.

items ::= .
items ::= items item.
items ::= items error RECOVER_DECLARATION.

item ::= MODULE(B) path(P) SEMICOLON(E). { ast_add_module(parser, B.span, P, E.span); }
item ::= IMPORT(B) STRING(F) SEMICOLON(E). { ast_add_import_file(parser, B.span, F, E.span); }
item ::= IMPORT(B) path(P) SEMICOLON(E). { ast_add_import_path(parser, B.span, P, E.span); }
item ::= annotations(A) declaration(D). { ast_add_declaration(parser, A, D); }

%type path {struct ast_path}
path(R) ::= ID(N). { R = ast_path(parser, N); }
path(R) ::= path(P) DOT word(N). { R = ast_path_add(parser, P, N); }

%type paths {struct ast_path_list}
paths(R) ::= path(P). { R = ast_paths(parser, (struct ast_path_list){0}, P); }
paths(R) ::= paths(L) COMMA path(P). { R = ast_paths(parser, L, P); }

/* Every word: names behind a dot, members, enumerators. */
word ::= ID.
word ::= CONST|ASYNC|AWAIT|START|EXTERN|THROWS|THROW|TRY|CATCH|FINALLY|CASE|DEFAULT.
word ::= IF|ELSE|FOR|WHILE|DO|SWITCH|BREAK|CONTINUE|RETURN|VAR|TRUE|FALSE|NULL|WITHIN.
word ::= VOID|BOOL|INT|INT8|INT16|INT32|INT64|UINT8|UINT16|UINT32|UINT64|DOUBLE|DECIMAL|STRING_TYPE|BYTES_TYPE.
word ::= TIME|DURATION_TYPE|UUID|MAP|TASK|PROMISE.

/* ---- types ---- */

%type type {struct ast_type *}
%type plain_type {struct ast_type *}
type(R) ::= plain_type(T). { R = T; }
type(R) ::= name(N). { R = ast_type_named(parser, N); }
type(R) ::= type(T) BRACKETS(E). { R = ast_type_array(parser, T, E.span); }
type(R) ::= type(T) QUESTION(E). { R = ast_type_optional(parser, T, E.span); }
type(R) ::= MAP(B) LESS type(K) COMMA type(V) GREATER(E). { R = ast_type_map(parser, B.span, K, V, E.span); }
type(R) ::= TASK(B) LESS type(T) GREATER(E). { R = ast_type_of(parser, AST_TYPE_TASK, B.span, T, E.span); }
type(R) ::= promise(T). { R = T; }

%type promise {struct ast_type *}
promise(R) ::= PROMISE(B) LESS type(T) GREATER(E). { R = ast_type_of(parser, AST_TYPE_PROMISE, B.span, T, E.span); }

plain_type(R) ::= VOID(T). { R = ast_type_built_in(parser, AST_VOID, T.span); }
plain_type(R) ::= BOOL(T). { R = ast_type_built_in(parser, AST_BOOL, T.span); }
plain_type(R) ::= INT(T). { R = ast_type_built_in(parser, AST_INT, T.span); }
plain_type(R) ::= INT8(T). { R = ast_type_built_in(parser, AST_INT8, T.span); }
plain_type(R) ::= INT16(T). { R = ast_type_built_in(parser, AST_INT16, T.span); }
plain_type(R) ::= INT32(T). { R = ast_type_built_in(parser, AST_INT32, T.span); }
plain_type(R) ::= INT64(T). { R = ast_type_built_in(parser, AST_INT64, T.span); }
plain_type(R) ::= UINT8(T). { R = ast_type_built_in(parser, AST_UINT8, T.span); }
plain_type(R) ::= UINT16(T). { R = ast_type_built_in(parser, AST_UINT16, T.span); }
plain_type(R) ::= UINT32(T). { R = ast_type_built_in(parser, AST_UINT32, T.span); }
plain_type(R) ::= UINT64(T). { R = ast_type_built_in(parser, AST_UINT64, T.span); }
plain_type(R) ::= DOUBLE(T). { R = ast_type_built_in(parser, AST_DOUBLE, T.span); }
plain_type(R) ::= DECIMAL(T). { R = ast_type_built_in(parser, AST_DECIMAL, T.span); }
plain_type(R) ::= STRING_TYPE(T). { R = ast_type_built_in(parser, AST_STRING, T.span); }
plain_type(R) ::= BYTES_TYPE(T). { R = ast_type_built_in(parser, AST_BYTES, T.span); }
plain_type(R) ::= TIME(T). { R = ast_type_built_in(parser, AST_TIME, T.span); }
plain_type(R) ::= DURATION_TYPE(T). { R = ast_type_built_in(parser, AST_DURATION, T.span); }
plain_type(R) ::= UUID(T). { R = ast_type_built_in(parser, AST_UUID, T.span); }

/* ---- annotations ---- */

%type annotations {struct ast_annotation_list}
annotations(R) ::= . { R = (struct ast_annotation_list){0}; }
annotations(R) ::= annotations(L) AT(B) ID(N). { R = ast_annotation(parser, L, B.span, N, (struct ast_argument_list){0}, N.span); }
annotations(R) ::= annotations(L) AT(B) ID(N) arguments(A). { R = ast_annotation(parser, L, B.span, N, A.list, A.end); }

/* ---- declarations ---- */

%type declaration {struct ast_declaration *}
declaration(R) ::= CONST(B) type(T) ID(N) ASSIGN expression(V) SEMICOLON(E). {
    R = ast_variable(parser, AST_DECLARATION_CONST, span_join(B.span, E.span), T, N, V);
}
declaration(R) ::= ENUM(B) ID(N) LEFT_BRACE RIGHT_BRACE(E). {
    R = ast_enum(parser, span_join(B.span, E.span), N, (struct ast_enumerator_list){0});
}
declaration(R) ::= ENUM(B) ID(N) LEFT_BRACE enumerators(L) RIGHT_BRACE(E). {
    R = ast_enum(parser, span_join(B.span, E.span), N, L);
}
declaration(R) ::= ENUM(B) ID(N) LEFT_BRACE enumerators(L) COMMA RIGHT_BRACE(E). {
    R = ast_enum(parser, span_join(B.span, E.span), N, L);
}
declaration(R) ::= STRUCT(B) ID(N) LEFT_BRACE members(L) RIGHT_BRACE(E). {
    R = ast_structure(parser, AST_DECLARATION_STRUCT, span_join(B.span, E.span), N, L);
}
declaration(R) ::= UNION(B) ID(N) LEFT_BRACE members(L) RIGHT_BRACE(E). {
    R = ast_structure(parser, AST_DECLARATION_UNION, span_join(B.span, E.span), N, L);
}
declaration(R) ::= ERROR(B) ID(N) LEFT_BRACE members(L) RIGHT_BRACE(E). {
    R = ast_structure(parser, AST_DECLARATION_ERROR, span_join(B.span, E.span), N, L);
}
declaration(R) ::= EVENT(B) ID(N) LEFT_BRACE members(L) RIGHT_BRACE(E). {
    R = ast_structure(parser, AST_DECLARATION_EVENT, span_join(B.span, E.span), N, L);
}
declaration(R) ::= INTERFACE(B) ID(N) keys(K) LEFT_BRACE methods(L) RIGHT_BRACE(E). {
    R = ast_interface(parser, span_join(B.span, E.span), N, K, L);
}
declaration(R) ::= SERVICE(B) ID(N) keys(K) implements(I) LEFT_BRACE service_members(L) RIGHT_BRACE(E). {
    R = ast_service(parser, span_join(B.span, E.span), N, K, I, L);
}
declaration(R) ::= TEST(B) STRING(N) block(S). { R = ast_test(parser, B.span, N, S); }
declaration(R) ::= function(D). { R = D; }
declaration(R) ::= migrate(D). { R = D; }

%type enumerators {struct ast_enumerator_list}
%type enumerator {struct ast_enumerator *}
enumerators(R) ::= enumerator(N). { R = ast_enumerators(parser, (struct ast_enumerator_list){0}, N); }
enumerators(R) ::= enumerators(L) COMMA enumerator(N). { R = ast_enumerators(parser, L, N); }
enumerator(R) ::= word(N) annotations(A). { R = ast_enumerator(parser, N, NULL, A); }
enumerator(R) ::= word(N) ASSIGN expression(V) annotations(A). { R = ast_enumerator(parser, N, V, A); }
enumerator(R) ::= error RECOVER_ENUMERATOR. { R = NULL; }

%type members {struct ast_member_list}
members(R) ::= . { R = (struct ast_member_list){0}; }
members(R) ::= members(L) annotations(A) type(T) word(N) annotations(C) SEMICOLON(E). {
    R = ast_member(parser, L, A, T, N, NULL, C, E.span);
}
members(R) ::= members(L) annotations(A) type(T) word(N) ASSIGN expression(V) annotations(C) SEMICOLON(E). {
    R = ast_member(parser, L, A, T, N, V, C, E.span);
}
members(R) ::= members(L) error RECOVER_MEMBER. { R = L; }

%type keys {struct ast_keys}
keys(R) ::= . { R = (struct ast_keys){0}; }
keys(R) ::= parameters(P). { R = (struct ast_keys){true, P}; }

%type implements {struct ast_path_list}
implements(R) ::= . { R = (struct ast_path_list){0}; }
implements(R) ::= COLON paths(L). { R = L; }

%type methods {struct ast_declaration_list}
methods(R) ::= . { R = (struct ast_declaration_list){0}; }
methods(R) ::= methods(L) annotations(A) function(D). { R = ast_declarations(parser, L, A, D); }
methods(R) ::= methods(L) error RECOVER_MEMBER. { R = L; }

%type service_members {struct ast_declaration_list}
service_members(R) ::= . { R = (struct ast_declaration_list){0}; }
service_members(R) ::= service_members(L) annotations(A) service_member(D). { R = ast_declarations(parser, L, A, D); }
service_members(R) ::= service_members(L) error RECOVER_MEMBER. { R = L; }

%type service_member {struct ast_declaration *}
service_member(R) ::= function(D). { R = D; }
service_member(R) ::= migrate(D). { R = D; }
service_member(R) ::= USE(B) path(P) ID(N) SEMICOLON(E). { R = ast_use(parser, span_join(B.span, E.span), P, N); }
service_member(R) ::= CONFIG(B) type(T) ID(N) initial(V) SEMICOLON(E). {
    R = ast_variable(parser, AST_DECLARATION_CONFIG, span_join(B.span, E.span), T, N, V);
}
service_member(R) ::= CONFIG(B) SECRET type(T) ID(N) initial(V) SEMICOLON(E). {
    R = ast_secret(parser, span_join(B.span, E.span), T, N, V);
}
service_member(R) ::= STATE(B) type(T) ID(N) initial(V) SEMICOLON(E). {
    R = ast_variable(parser, AST_DECLARATION_STATE, span_join(B.span, E.span), T, N, V);
}
service_member(R) ::= ON(B) LEFT_PARENTHESIS type(T) ID(N) RIGHT_PARENTHESIS block(S). {
    R = ast_on(parser, B.span, T, N, S);
}

%type initial {struct ast_expression *}
initial(R) ::= . { R = NULL; }
initial(R) ::= ASSIGN expression(V). { R = V; }

%type migrate {struct ast_declaration *}
migrate(R) ::= MIGRATE(B) path(P) AT ID(N) parameters(L) block(S). {
    R = ast_migrate(parser, B.span, P, N, L, S);
}

/* ---- functions ---- */

%type function {struct ast_declaration *}
function(R) ::= modifiers(M) type(T) ID(N) parameters(P) throws(H) annotations(A) body(S). {
    R = ast_function(parser, &(struct ast_function_parts){M, T, N, P, H, A, S});
}

%type modifiers {struct ast_modifiers}
modifiers(R) ::= . { R = (struct ast_modifiers){{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}; }
modifiers(R) ::= modifiers(M) EXTERN(W). { R = M; ast_modify(parser, &R.extern_, W); }
modifiers(R) ::= modifiers(M) ASYNC(W). { R = M; ast_modify(parser, &R.async, W); }
modifiers(R) ::= modifiers(M) PRIVATE(W). { R = M; ast_modify(parser, &R.private_, W); }
modifiers(R) ::= modifiers(M) QUERY(W). { R = M; ast_modify(parser, &R.query, W); }
modifiers(R) ::= modifiers(M) SHARED(W). { R = M; ast_modify(parser, &R.shared, W); }

%type parameters {struct ast_parameter_list}
%type parameter_list {struct ast_parameter_list}
parameters(R) ::= LEFT_PARENTHESIS RIGHT_PARENTHESIS. { R = (struct ast_parameter_list){0}; }
parameters(R) ::= LEFT_PARENTHESIS parameter_list(L) RIGHT_PARENTHESIS. { R = L; }
parameters(R) ::= LEFT_PARENTHESIS error RECOVER_LIST RIGHT_PARENTHESIS. { R = (struct ast_parameter_list){0}; }
parameter_list(R) ::= type(T) ID(N) initial(V) annotations(A). {
    R = ast_parameter(parser, (struct ast_parameter_list){0}, T, N, V, A);
}
parameter_list(R) ::= parameter_list(L) COMMA type(T) ID(N) initial(V) annotations(A). {
    R = ast_parameter(parser, L, T, N, V, A);
}

%type throws {struct ast_throws}
throws(R) ::= . { R = (struct ast_throws){0}; }
throws(R) ::= THROWS(B) paths(L). { R = ast_throws(parser, B.span, L); }

%type body {struct ast_body}
body(R) ::= SEMICOLON(E). { R = (struct ast_body){NULL, E.span}; }
body(R) ::= block(S). { R = (struct ast_body){S, S->span}; }

/* ---- statements ---- */

%type block {struct ast_statement *}
block(R) ::= LEFT_BRACE(B) statements(L) RIGHT_BRACE(E). { R = ast_block(parser, B.span, L, E.span); }

%type statements {struct ast_statement_list}
statements(R) ::= . { R = (struct ast_statement_list){0}; }
statements(R) ::= statements(L) statement(S). { R = ast_statements(parser, L, S); }
statements(R) ::= statements(L) error RECOVER_STATEMENT. { R = L; }

%type statement {struct ast_statement *}
statement(R) ::= SEMICOLON(E). { R = ast_plain_statement(parser, AST_STATEMENT_EMPTY, E.span); }
statement(R) ::= block(S). { R = S; }
statement(R) ::= local(S) SEMICOLON(E). { R = ast_end_statement(S, E.span); }
statement(R) ::= simple(S) SEMICOLON(E). { R = ast_end_statement(ast_check_simple(parser, S), E.span); }
statement(R) ::= IF(B) LEFT_PARENTHESIS condition(C) RIGHT_PARENTHESIS statement(S). [ALONE] {
    R = ast_if(parser, B.span, C, S, NULL);
}
statement(R) ::= IF(B) LEFT_PARENTHESIS condition(C) RIGHT_PARENTHESIS statement(S) ELSE statement(T). {
    R = ast_if(parser, B.span, C, S, T);
}
statement(R) ::= WHILE(B) LEFT_PARENTHESIS condition(C) RIGHT_PARENTHESIS statement(S). {
    R = ast_loop(parser, AST_STATEMENT_WHILE, B.span, C, S, S->span);
}
statement(R) ::= DO(B) statement(S) WHILE LEFT_PARENTHESIS condition(C) RIGHT_PARENTHESIS SEMICOLON(E). {
    R = ast_loop(parser, AST_STATEMENT_DO, B.span, C, S, E.span);
}
statement(R) ::= FOR(B) LEFT_PARENTHESIS for_header(H) RIGHT_PARENTHESIS statement(S). {
    R = ast_for_body(parser, B.span, H, S);
}
statement(R) ::= SWITCH(B) LEFT_PARENTHESIS condition(C) RIGHT_PARENTHESIS LEFT_BRACE switch_cases(L) RIGHT_BRACE(E). {
    R = ast_switch(parser, span_join(B.span, E.span), C, L);
}
statement(R) ::= SELECT(B) LEFT_BRACE select_cases(L) RIGHT_BRACE(E). {
    R = ast_select(parser, span_join(B.span, E.span), L);
}
statement(R) ::= BREAK(B) SEMICOLON(E). { R = ast_plain_statement(parser, AST_STATEMENT_BREAK, span_join(B.span, E.span)); }
statement(R) ::= CONTINUE(B) SEMICOLON(E). {
    R = ast_plain_statement(parser, AST_STATEMENT_CONTINUE, span_join(B.span, E.span));
}
statement(R) ::= RETURN(B) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_RETURN, span_join(B.span, E.span), NULL);
}
statement(R) ::= RETURN(B) expression(V) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_RETURN, span_join(B.span, E.span), V);
}
statement(R) ::= THROW(B) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_THROW, span_join(B.span, E.span), NULL);
}
statement(R) ::= THROW(B) expression(V) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_THROW, span_join(B.span, E.span), V);
}
statement(R) ::= TRY(B) block(S) catches(L). { R = ast_try(parser, B.span, S, L, NULL); }
statement(R) ::= TRY(B) block(S) catches(L) FINALLY block(F). { R = ast_try(parser, B.span, S, L, F); }
statement(R) ::= COMPENSATE(B) block(S). { R = ast_compensate(parser, B.span, S); }
statement(R) ::= CANCEL(B) expression(V) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_CANCEL, span_join(B.span, E.span), V);
}
statement(R) ::= PUBLISH(B) expression(V) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_PUBLISH, span_join(B.span, E.span), V);
}
statement(R) ::= ASSERT(B) expression(V) SEMICOLON(E). {
    R = ast_value_statement(parser, AST_STATEMENT_ASSERT, span_join(B.span, E.span), V);
}
statement(R) ::= MOCK(B) path(P) names(L) block(S). {
    R = ast_mock(parser, B.span, P, L, S);
}

/* `(condition)` of a statement: an error inside it leaves the statement's body to be parsed. */
%type condition {struct ast_expression *}
condition(R) ::= expression(V). { R = V; }
condition(R) ::= error RECOVER_LIST. { R = ast_bad_expression(parser, parser->token.span); }

%type local {struct ast_statement *}
local(R) ::= type(T) ID(N). { R = ast_local(parser, T, N, NULL); }
local(R) ::= type(T) ID(N) ASSIGN expression(V). { R = ast_local(parser, T, N, V); }
local(R) ::= VAR(B) ID(N) ASSIGN expression(V). { R = ast_var(parser, B.span, N, V); }

/* Statements that may stand in the header of a for, too. */
%type simple {struct ast_statement *}
simple(R) ::= postfix(V). { R = ast_expression_statement(parser, V); }
simple(R) ::= awaiting(V). { R = ast_expression_statement(parser, V); }
simple(R) ::= postfix(T) ASSIGN(O) expression(V). { R = ast_assign(parser, T, O.span, V); }
simple(R) ::= postfix(T) assign_operator(O) expression(V). { R = ast_assign_operator(parser, T, O.code, O.span, V); }
simple(R) ::= postfix(T) INCREMENT(E). { R = ast_step(parser, AST_STATEMENT_INCREMENT, T, E.span); }
simple(R) ::= postfix(T) DECREMENT(E). { R = ast_step(parser, AST_STATEMENT_DECREMENT, T, E.span); }

%type assign_operator {struct ast_operator}
assign_operator(R) ::= PLUS_ASSIGN(O). { R = (struct ast_operator){AST_ADD, O.span}; }
assign_operator(R) ::= MINUS_ASSIGN(O). { R = (struct ast_operator){AST_SUBTRACT, O.span}; }
assign_operator(R) ::= STAR_ASSIGN(O). { R = (struct ast_operator){AST_MULTIPLY, O.span}; }
assign_operator(R) ::= SLASH_ASSIGN(O). { R = (struct ast_operator){AST_DIVIDE, O.span}; }
assign_operator(R) ::= PERCENT_ASSIGN(O). { R = (struct ast_operator){AST_MODULO, O.span}; }
assign_operator(R) ::= AND_ASSIGN(O). { R = (struct ast_operator){AST_BIT_AND, O.span}; }
assign_operator(R) ::= OR_ASSIGN(O). { R = (struct ast_operator){AST_BIT_OR, O.span}; }
assign_operator(R) ::= XOR_ASSIGN(O). { R = (struct ast_operator){AST_BIT_XOR, O.span}; }
assign_operator(R) ::= SHIFT_LEFT_ASSIGN(O). { R = (struct ast_operator){AST_SHIFT_LEFT, O.span}; }
assign_operator(R) ::= SHIFT_RIGHT_ASSIGN(O). { R = (struct ast_operator){AST_SHIFT_RIGHT, O.span}; }

%type for_header {struct ast_statement *}
for_header(R) ::= for_first(I) SEMICOLON for_condition(C) SEMICOLON for_step(S). { R = ast_for(parser, I, C, S); }
for_header(R) ::= loop_variable(V) COLON expression(E). { R = ast_for_each(parser, V, NULL, E, NULL); }
for_header(R) ::= loop_variable(V) COLON expression(E) RANGE expression(L). { R = ast_for_each(parser, V, NULL, E, L); }
for_header(R) ::= loop_variable(V) COMMA loop_variable(W) COLON expression(E). { R = ast_for_each(parser, V, W, E, NULL); }
for_header(R) ::= error RECOVER_LIST. { R = ast_plain_statement(parser, AST_STATEMENT_BAD, parser->token.span); }

%type for_first {struct ast_statement *}
for_first(R) ::= . { R = NULL; }
for_first(R) ::= local(S). { R = S; }
for_first(R) ::= simple(S). { R = ast_check_simple(parser, S); }
%type for_condition {struct ast_expression *}
for_condition(R) ::= . { R = NULL; }
for_condition(R) ::= expression(V). { R = V; }
%type for_step {struct ast_statement *}
for_step(R) ::= . { R = NULL; }
for_step(R) ::= simple(S). { R = ast_check_simple(parser, S); }

%type loop_variable {struct ast_loop_variable *}
loop_variable(R) ::= type(T) ID(N). { R = ast_loop_variable(parser, T, N); }
loop_variable(R) ::= VAR ID(N). { R = ast_loop_variable(parser, NULL, N); }

%type switch_cases {struct ast_switch_case_list}
switch_cases(R) ::= . { R = (struct ast_switch_case_list){0}; }
switch_cases(R) ::= switch_cases(L) CASE(B) labels(C) COLON(E) statements(S). {
    R = ast_switch_case(parser, L, span_join(B.span, E.span), C, false, S);
}
switch_cases(R) ::= switch_cases(L) DEFAULT(B) COLON(E) statements(S). {
    R = ast_switch_case(parser, L, span_join(B.span, E.span), (struct ast_label_list){0}, true, S);
}

%type labels {struct ast_label_list}
%type label_list {struct ast_label_list}
labels(R) ::= label_list(L). { R = L; }
labels(R) ::= error RECOVER_LABEL. { R = (struct ast_label_list){0}; }
label_list(R) ::= expression(V). { R = ast_label(parser, (struct ast_label_list){0}, V); }
label_list(R) ::= name(V) ID(N). { R = ast_label_binding(parser, (struct ast_label_list){0}, V, N); }
label_list(R) ::= label_list(L) COMMA expression(V). { R = ast_label(parser, L, V); }
label_list(R) ::= label_list(L) COMMA name(V) ID(N). { R = ast_label_binding(parser, L, V, N); }

%type select_cases {struct ast_select_case_list}
select_cases(R) ::= . { R = (struct ast_select_case_list){0}; }
select_cases(R) ::= select_cases(L) CASE(B) select_head(H) COLON(E) statements(S). {
    R = ast_select_body(parser, L, H, span_join(B.span, E.span), S);
}

%type select_head {struct ast_select_case *}
select_head(R) ::= type(T) ID(N) ASSIGN AWAIT postfix(V). { R = ast_select_case(parser, AST_SELECT_VALUE, T, N, V); }
select_head(R) ::= VAR ID(N) ASSIGN AWAIT postfix(V). { R = ast_select_case(parser, AST_SELECT_VALUE, NULL, N, V); }
select_head(R) ::= AWAIT postfix(V). { R = ast_select_case(parser, AST_SELECT_VOID, NULL, (struct token){0}, V); }
select_head(R) ::= AFTER expression(V). { R = ast_select_case(parser, AST_SELECT_AFTER, NULL, (struct token){0}, V); }
select_head(R) ::= error RECOVER_LABEL. { R = ast_select_case(parser, AST_SELECT_BAD, NULL, (struct token){0}, NULL); }

%type catches {struct ast_catch_list}
catches(R) ::= . { R = (struct ast_catch_list){0}; }
catches(R) ::= catches(L) CATCH(B) LEFT_PARENTHESIS type(T) ID(N) RIGHT_PARENTHESIS(E) block(S). {
    R = ast_catch(parser, L, span_join(B.span, E.span), T, N, S);
}
catches(R) ::= catches(L) CATCH LEFT_PARENTHESIS error RECOVER_LIST RIGHT_PARENTHESIS block. { R = L; }

%type names {struct ast_name_list}
%type name_list {struct ast_name_list}
names(R) ::= LEFT_PARENTHESIS RIGHT_PARENTHESIS. { R = (struct ast_name_list){0}; }
names(R) ::= LEFT_PARENTHESIS name_list(L) RIGHT_PARENTHESIS. { R = L; }
names(R) ::= LEFT_PARENTHESIS error RECOVER_LIST RIGHT_PARENTHESIS. { R = (struct ast_name_list){0}; }
name_list(R) ::= ID(N). { R = ast_names(parser, (struct ast_name_list){0}, N); }
name_list(R) ::= name_list(L) COMMA ID(N). { R = ast_names(parser, L, N); }

/* ---- expressions ---- */

%type name {struct ast_expression *}
name(R) ::= ID(N). { R = ast_name(parser, N); }
name(R) ::= name(O) DOT word(N). { R = ast_dot(parser, AST_EXPRESSION_MEMBER, O, N); }
name(R) ::= TIME(T) DOT word(N). { /* of the module std.time */
    R = ast_dot(parser, AST_EXPRESSION_MEMBER, ast_name(parser, T), N);
}

/* A postfix expression that is no plain name. */
%type chain {struct ast_expression *}
chain(R) ::= TRUE(T). { R = ast_boolean(parser, T.span, true); }
chain(R) ::= FALSE(T). { R = ast_boolean(parser, T.span, false); }
chain(R) ::= NULL(T). { R = ast_leaf(parser, AST_EXPRESSION_NULL, T.span); }
chain(R) ::= INTEGER(T). { R = ast_integer(parser, T); }
chain(R) ::= BAD_LITERAL(T). { R = ast_bad_expression(parser, T.span); } /* the lexer has reported it */
chain(R) ::= FLOATING(T). { R = ast_double(parser, T); }
chain(R) ::= DURATION(T). { R = ast_duration(parser, T); }
chain(R) ::= DECIMAL_LITERAL(T). { R = ast_text(parser, AST_EXPRESSION_DECIMAL, T); }
chain(R) ::= STRING(T). { R = ast_text(parser, AST_EXPRESSION_STRING, T); }
chain(R) ::= BYTES(T). { R = ast_text(parser, AST_EXPRESSION_BYTES, T); }
chain(R) ::= interpolation(L) INTERPOLATION_END(E). { R = ast_interpolation_end(parser, L, E); }
chain(R) ::= LEFT_PARENTHESIS(B) expression(V) RIGHT_PARENTHESIS(E). { R = ast_parentheses(parser, B.span, V, E.span); }
chain(R) ::= BRACKETS(T). { R = ast_leaf(parser, AST_EXPRESSION_ARRAY, T.span); }
chain(R) ::= LEFT_BRACKET(B) items_of_array(L) RIGHT_BRACKET(E). { R = ast_array(parser, span_join(B.span, E.span), L); }
chain(R) ::= LEFT_BRACKET(B) items_of_array(L) COMMA RIGHT_BRACKET(E). {
    R = ast_array(parser, span_join(B.span, E.span), L);
}
chain(R) ::= LEFT_BRACKET(B) COLON RIGHT_BRACKET(E). { R = ast_leaf(parser, AST_EXPRESSION_MAP, span_join(B.span, E.span)); }
chain(R) ::= LEFT_BRACKET(B) items_of_map(L) RIGHT_BRACKET(E). { R = ast_map(parser, span_join(B.span, E.span), L); }
chain(R) ::= LEFT_BRACKET(B) items_of_map(L) COMMA RIGHT_BRACKET(E). { R = ast_map(parser, span_join(B.span, E.span), L); }
chain(R) ::= name(N) LEFT_BRACE RIGHT_BRACE(E). {
    R = ast_literal(parser, N, (struct ast_member_value_list){0}, E.span);
}
chain(R) ::= name(N) LEFT_BRACE member_values(L) RIGHT_BRACE(E). { R = ast_literal(parser, N, L, E.span); }
chain(R) ::= name(N) LEFT_BRACE member_values(L) COMMA RIGHT_BRACE(E). { R = ast_literal(parser, N, L, E.span); }
chain(R) ::= plain_type(T) arguments(A). { R = ast_type_call(parser, T, A.list, A.end); }
chain(R) ::= promise(T) arguments(A). { R = ast_type_call(parser, T, A.list, A.end); }
chain(R) ::= chain(O) DOT word(N). { R = ast_dot(parser, AST_EXPRESSION_MEMBER, O, N); }
chain(R) ::= postfix(O) OPTIONAL_DOT word(N). { R = ast_dot(parser, AST_EXPRESSION_OPTIONAL_MEMBER, O, N); }
chain(R) ::= postfix(O) NOT(E). { R = ast_unwrap(parser, O, E.span); }
chain(R) ::= postfix(O) LEFT_BRACKET expression(I) RIGHT_BRACKET(E). { R = ast_index(parser, O, I, E.span); }
chain(R) ::= postfix(O) arguments(A). { R = ast_call(parser, O, A.list, A.end); }

%type postfix {struct ast_expression *}
postfix(R) ::= name(V). { R = V; }
postfix(R) ::= chain(V). { R = V; }

%type awaiting {struct ast_expression *}
awaiting(R) ::= AWAIT(B) postfix(O). { R = ast_await(parser, B.span, (struct token){0}, O, NULL); }
awaiting(R) ::= AWAIT(B) postfix(O) WITHIN postfix(D). { R = ast_await(parser, B.span, (struct token){0}, O, D); }
awaiting(R) ::= AWAIT(B) AT ID(N) postfix(O). { R = ast_await(parser, B.span, N, O, NULL); }
awaiting(R) ::= AWAIT(B) AT ID(N) postfix(O) WITHIN postfix(D). { R = ast_await(parser, B.span, N, O, D); }
awaiting(R) ::= START(B) postfix(O). { R = ast_start(parser, B.span, O, false); }
awaiting(R) ::= START(B) DETACHED postfix(O). { R = ast_start(parser, B.span, O, true); }

%type expression {struct ast_expression *}
expression(R) ::= postfix(V). { R = V; }
expression(R) ::= awaiting(V). { R = V; }
expression(R) ::= MINUS(O) expression(V). [UNARY] { R = ast_unary(parser, AST_NEGATE, O.span, V); }
expression(R) ::= NOT(O) expression(V). [UNARY] { R = ast_unary(parser, AST_NOT, O.span, V); }
expression(R) ::= COMPLEMENT(O) expression(V). [UNARY] { R = ast_unary(parser, AST_COMPLEMENT, O.span, V); }
expression(R) ::= expression(L) STAR(O) expression(V). { R = ast_binary(parser, AST_MULTIPLY, L, O.span, V); }
expression(R) ::= expression(L) SLASH(O) expression(V). { R = ast_binary(parser, AST_DIVIDE, L, O.span, V); }
expression(R) ::= expression(L) PERCENT(O) expression(V). { R = ast_binary(parser, AST_MODULO, L, O.span, V); }
expression(R) ::= expression(L) PLUS(O) expression(V). { R = ast_binary(parser, AST_ADD, L, O.span, V); }
expression(R) ::= expression(L) MINUS(O) expression(V). { R = ast_binary(parser, AST_SUBTRACT, L, O.span, V); }
expression(R) ::= expression(L) SHIFT_LEFT(O) expression(V). { R = ast_binary(parser, AST_SHIFT_LEFT, L, O.span, V); }
expression(R) ::= expression(L) SHIFT_RIGHT(O) expression(V). { R = ast_binary(parser, AST_SHIFT_RIGHT, L, O.span, V); }
expression(R) ::= expression(L) AND(O) expression(V). { R = ast_binary(parser, AST_BIT_AND, L, O.span, V); }
expression(R) ::= expression(L) XOR(O) expression(V). { R = ast_binary(parser, AST_BIT_XOR, L, O.span, V); }
expression(R) ::= expression(L) OR(O) expression(V). { R = ast_binary(parser, AST_BIT_OR, L, O.span, V); }
expression(R) ::= expression(L) EQUAL(O) expression(V). { R = ast_binary(parser, AST_EQUAL, L, O.span, V); }
expression(R) ::= expression(L) NOT_EQUAL(O) expression(V). { R = ast_binary(parser, AST_NOT_EQUAL, L, O.span, V); }
expression(R) ::= expression(L) LESS(O) expression(V). { R = ast_binary(parser, AST_LESS, L, O.span, V); }
expression(R) ::= expression(L) LESS_EQUAL(O) expression(V). { R = ast_binary(parser, AST_LESS_EQUAL, L, O.span, V); }
expression(R) ::= expression(L) GREATER(O) expression(V). { R = ast_binary(parser, AST_GREATER, L, O.span, V); }
expression(R) ::= expression(L) GREATER_EQUAL(O) expression(V). { R = ast_binary(parser, AST_GREATER_EQUAL, L, O.span, V); }
expression(R) ::= expression(L) LOGICAL_AND(O) expression(V). { R = ast_binary(parser, AST_LOGICAL_AND, L, O.span, V); }
expression(R) ::= expression(L) LOGICAL_OR(O) expression(V). { R = ast_binary(parser, AST_LOGICAL_OR, L, O.span, V); }
expression(R) ::= expression(L) COALESCE(O) expression(V). { R = ast_binary(parser, AST_COALESCE, L, O.span, V); }
expression(R) ::= expression(C) QUESTION expression(T) COLON expression(E). [QUESTION] {
    R = ast_conditional(parser, C, T, E);
}

%type interpolation {struct ast_expression *}
interpolation(R) ::= INTERPOLATION_BEGIN(T) expression(V). { R = ast_interpolation(parser, T, V); }
interpolation(R) ::= interpolation(L) INTERPOLATION_MIDDLE(T) expression(V). { R = ast_interpolation_add(parser, L, T, V); }

%type items_of_array {struct ast_expression_list}
items_of_array(R) ::= expression(V). { R = ast_expressions(parser, (struct ast_expression_list){0}, V); }
items_of_array(R) ::= items_of_array(L) COMMA expression(V). { R = ast_expressions(parser, L, V); }

%type items_of_map {struct ast_map_entry_list}
items_of_map(R) ::= expression(K) COLON expression(V). { R = ast_map_entry(parser, (struct ast_map_entry_list){0}, K, V); }
items_of_map(R) ::= items_of_map(L) COMMA expression(K) COLON expression(V). { R = ast_map_entry(parser, L, K, V); }

%type member_values {struct ast_member_value_list}
member_values(R) ::= DOT(B) word(N) ASSIGN expression(V). {
    R = ast_member_value(parser, (struct ast_member_value_list){0}, B.span, N, V);
}
member_values(R) ::= member_values(L) COMMA DOT(B) word(N) ASSIGN expression(V). {
    R = ast_member_value(parser, L, B.span, N, V);
}

/* With their parentheses; so an error in front of the first one still knows that `)` could stand there. */
%type arguments {struct ast_arguments}
%type argument_list {struct ast_argument_list}
arguments(R) ::= LEFT_PARENTHESIS RIGHT_PARENTHESIS(E). { R = (struct ast_arguments){{0}, E.span}; }
arguments(R) ::= LEFT_PARENTHESIS argument_list(L) RIGHT_PARENTHESIS(E). { R = (struct ast_arguments){L, E.span}; }
arguments(R) ::= LEFT_PARENTHESIS error RECOVER_LIST RIGHT_PARENTHESIS(E). { R = (struct ast_arguments){{0}, E.span}; }
argument_list(R) ::= expression(V). { R = ast_argument(parser, (struct ast_argument_list){0}, (struct token){0}, V); }
argument_list(R) ::= ID(N) COLON expression(V). { R = ast_argument(parser, (struct ast_argument_list){0}, N, V); }
argument_list(R) ::= argument_list(L) COMMA expression(V). { R = ast_argument(parser, L, (struct token){0}, V); }
argument_list(R) ::= argument_list(L) COMMA ID(N) COLON expression(V). { R = ast_argument(parser, L, N, V); }

/* ---- what parse.c needs to know of the parser's state; see compiler/syntax/parser.h ---- */

%code {
size_t grammar_parse_size_bytes(void) { return sizeof(yyParser); }

void grammar_parse_recovered(void *machine) { ((yyParser *)machine)->yyerrcnt = -1; }

/* The stack, and what else the parser knows. */
struct saved_state {
    size_t count;
    yyStackEntry entries[];
};

void *grammar_parse_save(const void *machine, struct arena *arena) {
    const yyParser *parser = machine;
    size_t count = (size_t)(parser->yytos - parser->yystack) + 1;
    struct saved_state *saved = arena_allocate_bytes(arena, sizeof *saved + count * sizeof saved->entries[0]);
    saved->count = count;
    memcpy(saved->entries, parser->yystack, count * sizeof saved->entries[0]);
    return saved;
}

void grammar_parse_restore(void *machine, const void *saved_pointer) {
    yyParser *parser = machine;
    const struct saved_state *saved = saved_pointer;
    memcpy(parser->yystack, saved->entries, saved->count * sizeof saved->entries[0]);
    parser->yytos = parser->yystack + saved->count - 1;
    parser->yyerrcnt = -1;
}

size_t grammar_parse_count(const void *machine, int symbol) {
    const yyParser *parser = machine;
    size_t count = 0;
    for (const yyStackEntry *entry = parser->yystack + 1; entry <= parser->yytos; entry++)
        count += entry->major == symbol;
    return count;
}

struct span grammar_parse_last(const void *machine, int symbol) {
    const yyParser *parser = machine;
    for (const yyStackEntry *entry = parser->yytos; entry > parser->yystack; entry--) {
        if (entry->major == symbol)
            return entry->minor.yy0.span;
    }
    return (struct span){0, 0};
}

int grammar_parse_symbol(const void *machine, size_t index) {
    const yyParser *parser = machine;
    size_t count = (size_t)(parser->yytos - parser->yystack);
    return index < count ? parser->yytos[-(ptrdiff_t)index].major : 0;
}

/* The table's action for a token, without fallback: only as itself. */
static YYACTIONTYPE find_own_action(YYACTIONTYPE state, int token) {
    if (state > YY_MAX_SHIFT)
        return state;
    int place = yy_shift_ofst[state] + token;
    return yy_lookahead[place] == token ? yy_action[place] : yy_default[state];
}

/* Goes through the reductions that the token would cause, with the states they push beside the stack. */
bool grammar_parse_accepts(const void *machine, int token) {
    enum { PUSHED_MAX = 64 };
    const yyParser *parser = machine;
    const yyStackEntry *top = parser->yytos;
    YYACTIONTYPE pushed[PUSHED_MAX];
    size_t pushed_count = 0;
    YYACTIONTYPE state = top->stateno;
    for (;;) {
        YYACTIONTYPE action = find_own_action(state, token);
        if (action < YY_MIN_REDUCE)
            return action <= YY_MAX_SHIFTREDUCE || action == YY_ACCEPT_ACTION;
        unsigned rule = (unsigned)(action - YY_MIN_REDUCE);
        size_t size = (size_t)-yyRuleInfoNRhs[rule];
        size_t popped = size < pushed_count ? size : pushed_count;
        pushed_count -= popped;
        top -= size - popped;
        state = yy_find_reduce_action(pushed_count == 0 ? top->stateno : pushed[pushed_count - 1], yyRuleInfoLhs[rule]);
        if (pushed_count == PUSHED_MAX)
            return false;
        pushed[pushed_count++] = state;
    }
}
}
