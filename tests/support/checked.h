/* Checked trees made by hand, for tests of lower/ that need no front end.
 *
 *     struct maker *maker = maker_new();
 *     struct variable *x = maker_parameter(maker, "x", maker->int_type);
 *     maker_body(maker, COLOUR_ROUTINE, maker->int_type, make_block(maker, 1, make_return(maker, make_read(maker,
 * x)))); cr_expect_str_eq(maker_cfg(maker), "…"); maker_free(maker);
 *
 * Known names: pure function `f(int) -> int`, routine `g(int) -> int`, error `Oops`. Flags of expressions are set as
 * the checker sets them. */
#ifndef DSY_TESTS_SUPPORT_CHECKED_H
#define DSY_TESTS_SUPPORT_CHECKED_H

#include "compiler/base/vector.h"
#include "compiler/lower/lower.h"

struct maker_types VECTOR(const struct type *);
struct maker_variables VECTOR(struct variable *);
struct maker_functions VECTOR(struct function *);

struct maker {
    struct arena arena;
    struct maker_types types;
    const struct type *void_type, *bool_type, *int_type, *string_type, *error_type;
    const struct type *ints_type, *optional_type; /* int[], int? */
    const struct type *oops_type;
    /* After maker_add_tasks: task<int>, task<int>[], task<void>, promise<int>, duration, the built-in Cancelled. */
    const struct type *task_type, *tasks_type, *void_task_type, *promise_type, *duration_type, *cancelled_type;
    struct function *worker; /* routine w(int) -> int, which is started */
    struct service
        *account; /* after maker_add_state: `test` stands in Account(string), with int balance, int[] items */
    struct function *pure, *routine; /* f, g */
    struct function *function;       /* the one being made, "test" */
    struct maker_variables parameters, variables;
    struct maker_functions functions; /* all of the program, in order */
};

struct maker *maker_new(void);
void maker_free(struct maker *maker);
void maker_add_tasks(struct maker *maker);
void maker_add_state(struct maker *maker);

struct variable *maker_parameter(struct maker *maker, const char *name, const struct type *type);
struct variable *maker_variable(struct maker *maker, const char *name, const struct type *type);

/* Finish the function `test`. */
void maker_body(struct maker *maker, enum colour colour, const struct type *result, const struct statement *body);

/* Lower it, verify it, and print its blocks (those of its compensations, too); what the verifier has to say stands
 * before them. */
const char *maker_cfg(struct maker *maker);
/* Lower it; the machine of `test`. */
const struct machine *maker_machine(struct maker *maker);
const struct machines *maker_machines(struct maker *maker);

/* ---- expressions ---- */

typedef const struct expression *made;

made make_read(struct maker *maker, struct variable *variable);
made make_int(struct maker *maker, int64_t value);
made make_bool(struct maker *maker, bool value);
made make_binary(struct maker *maker, enum binary_operator sign, made left, made right);
made make_and(struct maker *maker, made left, made right);
made make_or(struct maker *maker, made left, made right);
made make_not(struct maker *maker, made operand);
made make_choice(struct maker *maker, made condition, made left, made right);
made make_coalesce(struct maker *maker, made left, made right);
made make_index(struct maker *maker, made operand, made index);
made make_method(struct maker *maker, enum built_in_method method, made operand, const struct type *type,
                 made argument);
made make_call(struct maker *maker, made argument);  /* f(argument) */
made make_await(struct maker *maker, made argument); /* await g(argument) */
made make_oops(struct maker *maker);                 /* Oops{} */

made make_array(struct maker *maker, const struct type *type, size_t count, ...); /* of `made` */
made make_start(struct maker *maker, made argument);                              /* start w(argument) */
made make_promise(struct maker *maker);                                           /* promise<int>() */
made make_resolve(struct maker *maker, made promise, made value);
made make_reject(struct maker *maker, made promise, made error);
/* An await of another kind. operand, within: NULL: none */
made make_await_of(struct maker *maker, enum await_kind kind, const struct type *type, made operand, made within);
made make_duration(struct maker *maker, int64_t nanoseconds);
made make_state(struct maker *maker, size_t member); /* 0: balance, 1: items */
made make_key(struct maker *maker);

/* ---- statements ---- */

typedef const struct statement *done;

done make_block(struct maker *maker, size_t count, ...); /* of `done` */
done make_declare(struct maker *maker, struct variable *variable, made value);
done make_assign(struct maker *maker, made target, made value);
done make_assign_add(struct maker *maker, made target, made value);
done make_do(struct maker *maker, made value); /* an expression statement */
done make_if(struct maker *maker, made condition, done body, done else_body);
done make_while(struct maker *maker, made condition, done body);
done make_for_array(struct maker *maker, struct variable *variable, made value, done body);
done make_for_range(struct maker *maker, struct variable *variable, made from, made to, done body);
done make_simple(struct maker *maker, enum statement_kind kind); /* BREAK, CONTINUE, RETHROW */
done make_return(struct maker *maker, made value);
done make_throw(struct maker *maker, made value);
done make_cancel(struct maker *maker, made task);
/* compensate BODY with copies of these variables; makes the function "test.compensate_1" */
done make_compensate(struct maker *maker, done body, size_t count, ...); /* of `struct variable *` */
done make_select(struct maker *maker, size_t count, ...);                /* of `struct select_case *` */
struct select_case *make_case(struct maker *maker, made source, struct variable *binding, done body);
struct select_case *make_after(struct maker *maker, made duration, done body);
/* variable: of the catch clause, whose error is its type. catch_body, finally_body: NULL: none */
done make_try(struct maker *maker, done body, struct variable *variable, done catch_body, done finally_body);

#endif
