/* Declarations: types, constants, functions, interfaces, services. Each pass goes over all symbols of the
 * program, in its order. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_DECLARATION_H
#define DSY_COMPILER_CHECK_DECLARATION_H

#include "compiler/check/body.h"
#include "compiler/check/checker.h"

/* Make the object of every symbol, with its names in C and on the wire. */
void declarations_declare(struct checker *checker);

/* A function, with what its modifiers say; it has no names outside yet. */
struct function_check *declare_function_of(struct checker *checker, const struct ast_declaration *declaration,
                                           struct module *module);

/* Resolve the types of members, constants, parameters, results; what services implement and use. */
void declarations_resolve(struct checker *checker);

/* Members of structs, unions, enums: part of declarations_resolve (type_declaration.c). */
void resolve_members(struct checker *checker, struct symbol *symbol);

/* Parameters, result, throws of a function; annotations of steps: part of declarations_resolve (function.c). */
void resolve_function(struct checker *checker, struct function_check *function);

/* Uses and configs of a service; interfaces: part of declarations_resolve (service.c). */
void resolve_interface(struct checker *checker, struct symbol *symbol);
void resolve_service(struct checker *checker, struct symbol *symbol);

/* Defaults of parameters and configs, arguments of annotations: after the constants. */
void declarations_evaluate(struct checker *checker);
void evaluate_parameters(struct checker *checker, struct function_check *function);
void evaluate_service(struct checker *checker, struct symbol *symbol);

/* Whether services implement their interfaces. After effects_infer. */
void services_conform(struct checker *checker);

/* What annotations say of a function; after the constants. */
void evaluate_annotations(struct checker *checker, struct function_check *function);

/* Report annotations of something that takes none. */
void check_annotations_none(struct checker *checker, const struct ast_annotation_list *annotations);

/* Check the bodies of all functions. */
void functions_check(struct checker *checker);

#endif
