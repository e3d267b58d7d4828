/* The checker: tasks, promises, select, compensations. What each may not be is looked at by tests/golden/error; here,
 * what follows from them: types, flow, what is thrown, and the trees that later stages rely on. */
#include "tests/support/check_source.h"

#define TASKS                                                                    \
    "error A { int n; } error B { int n; } event Done { int n; } "               \
    "extern async int step(int n) throws A; extern async void tell(string to); " \
    "async int one(int n) { return n; } async int two(int n) { throw B{.n = n}; } "

/* ---- types ---- */

Test(check_task, gives_handles_their_types)
{
    static const struct expectation expectations[] = {
        { "async int f() { task<int> t = start one(1); return await t + await t; }", "" },
        { "async int f() { task<int>? t = start one(1); return t == null ? 0 : await t; }", "" },
        { "async void f() { task<void> t = start tell(\"x\"); await t; }", "" },
        { "async int f(task<task<int>> t) { return await (await t); }", "" },
        { "struct H { task<int> t; promise<H>? p; } bool f(H a, H b) { return a == b; }", "" },
        { "struct H { task<H> t; } async H f(H h) { return await h.t; }", "" },
        { "async int[] f(task<int>[] t) { return await all(t); }", "" },
        { "async void f(task<void>[] t) { await all(t); await any(t); }", "" },
        { "async int f(task<int>[] t) { return await any(t) within 3s; }", "" },
        { "async int f() { int[] n = await all([start one(1), start step(2)]); return n[0]; }", "" },
        { "async string f(promise<string> p) { resolve(p, \"a\"); return $\"{p} {await p}\"; }", "" },
        { "async void f(promise<int?> p) { resolve(p, null); int? n = await p; if (n != null) resolve(p, n); }", "" },
        { "async int f(task<int>[] t) { t[0] = start one(1); t.push(t[0]); return await t[1]; }", "" },
        { "task<int> f(task<int> a, task<int> b) { return a != b ? a : b; }", "" },
        { "map<task<int>, int> f() { return [:]; }", "E0322" },
        { "bool f(task<int> a, task<int> b) { return a < b; }", "E0319" },
        { "bool f(task<int> a, promise<int> b) { return a == b; }", "E0302" },
        { "task<error> f(task<error> t) { return t; }", "E0334 E0334" },
        { "async void f() { task<int> t = start detached one(1); }", "E0324" },
        { "async void f() { int n = await all([start tell(\"x\")]); }", "E0324" },
    };
    EXPECT_ALL(TASKS, expectations);
}

/* ---- flow ---- */

Test(check_task, follows_the_flow_of_a_select)
{
    static const struct expectation expectations[] = {
        { "async int f(task<int> t) { select { case int n = await t: return n; case after 1s: return 0; } }", "" },
        { "async int f(task<int> t) { select { case int n = await t: return n; case after 1s: break; } }", "E0401" },
        { "async int f(task<int> t) { select { case int n = await t: return n; case after 1s: } }", "E0401" },
        { "async int f(task<int> t) { while (true) { select { case int n = await t: return n; case after 1s: continue; "
          "} } }",
          "" },
        { "async int f(task<int> t) { while (true) { select { case int n = await t: return n; case after 1s: break; } "
          "} }",
          "" },
        { "async int f(task<int> t) { select { case await t: return 1; } return 2; }", "W0401" },
        { "async int f(task<int8> t) { select { case int n = await t: return n; } }", "" },
        { "async int f(task<int?> t) { select { case int? n = await t: return n ?? 0; } }", "" },
        { "async int f(task<int> t, int? x) { select { case await t: x = 1; case after 1s: x = 2; } return x; }", "" },
        { "async int f(task<int> t, int? x) { select { case await t: x = 1; case after 1s: } return x; }", "E0307" },
        { "async int f(task<int> t, int? x) { if (x == null) return 0; select { case await t: return x; } }", "" },
        { "async int f(task<int> t, int? x) { if (x == null) return 0; while (true) { select { case await t: return x; "
          "case after 1s: x = null; } } }",
          "E0307" },
        { "async int f(task<int> t) { select { case int t = await t: return t; } }", "E0103" },
    };
    EXPECT_ALL(TASKS, expectations);
}

Test(check_task, checks_compensations_where_they_stand)
{
    static const struct expectation expectations[] = {
        { "async void f(int? x) { if (x == null) return; compensate { await one(x); } x = null; }", "" },
        { "async int f(int? x) { if (x == null) return 0; compensate { x = null; await one(2); } return x; }", "" },
        { "async int f(int? x) { if (x == null) compensate { x = 2; } return x; }", "E0307" },
        { "async int f() { compensate { throw B{}; } return 1; }", "W0406" },
        { "async void f() { compensate { int inside = 1; await one(inside); } await one(inside); }", "E0101" },
        { "async void f() { for (int i : 0..3) { compensate { await one(i); } } }", "" },
        { "async void f() { compensate { for (int i : 0..3) { if (i == 2) break; await one(i); } } }", "" },
        { "async void f() { try { await one(1); } finally { compensate { await one(2); } } }", "" },
    };
    EXPECT_ALL(TASKS, expectations);
}

/* ---- throws ---- */

Test(check_task, infers_what_tasks_throw)
{
    expect_throws(TASKS "async void f() { task<int> t = start two(1); await t; }", "f", "B");
    expect_throws(TASKS "async void f() { task<int> t = start two(1); cancel t; }", "f", "");
    expect_throws(TASKS "async void f() { start detached two(1); }", "f", "");
    expect_throws(TASKS "async void f() { task<int> t = start step(1); await t within 1s; }", "f", "A");
    expect_throws(TASKS "async void f(task<int> t) { await t; task<int> u = start two(1); cancel u; }", "f", "B");
    expect_throws(TASKS "async void f() { await all([start two(1), start step(2)]); }", "f", "A B");
    expect_throws(TASKS "async void f() { await any([start two(1)]); }", "f", "B");
    expect_throws(TASKS "async void f(task<int> t) { select { case await t: cancel (start two(1)); } }", "f", "B");
    expect_throws(TASKS "async void f(promise<int> p) { cancel (start two(1)); await p; }", "f", "");
    expect_throws(TASKS "async void f() { try { await (start two(1)); } catch (B e) { } }", "f", "");
    expect_throws(TASKS "async void f() { await (start g()); } async void g() { await (start two(1)); }", "f", "B");
    expect_throws(TASKS "async void f() { await (start f()); await two(1); }", "f", "B");
}

Test(check_task, compensations_throw_for_themselves)
{
    static const char source[] = TASKS "async void f() { task<int> t = start step(1); compensate { await two(1); await "
                                       "t; } cancel t; }";
    expect_throws(source, "f", "");
    expect_throws(source, "compensate_1", "A B");
}

Test(check_task, public_routines_name_what_their_tasks_throw)
{
    static const struct expectation expectations[] = {
        { "service S { async int f() { return await (start two(1)); } }", "E0207" },
        { "service S { async int f() throws B { return await (start two(1)); } }", "" },
        { "service S { async int f(task<int> t, promise<int> p) { return await t + await p; } }", "" },
        { "service S { async int f() { try { return await (start two(1)); } catch (error e) { return 0; } } }", "" },
        { "service S { async void f() { compensate { await two(1); } } }", "W0406" },
    };
    EXPECT_ALL(TASKS, expectations);
}

/* ---- trees ---- */

static const struct statement *
statement_at(const struct function *function, size_t index)
{
    cr_assert(index < function->body->statement_count, "'%.*s' has %zu statements", TEXT_ARGUMENTS(function->name),
              function->body->statement_count);
    return function->body->statements[index];
}

Test(check_task, starts_a_step_in_a_routine_of_its_own)
{
    struct checked checked;
    check_source(&checked, TASKS "async void f() { task<int> t = start step(1); await t; await (start step(2)); }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct expression *start = statement_at(find_function(checked.program, "f"), 0)->value;
    cr_assert_eq((int)start->kind, (int)EXPRESSION_START);
    cr_expect_eq((int)start->as.start.kind, (int)AWAIT_SUBROUTINE);
    const struct function *started = start->operand->as.call.function;
    cr_expect(text_equal_string(started->qualified_name, "step.started"), "%.*s",
              TEXT_ARGUMENTS(started->qualified_name));
    cr_expect_eq((int)started->colour, (int)COLOUR_ROUTINE);
    cr_expect_eq(started->throw_count, 1);
    const struct statement *body = statement_at(started, 0);
    cr_expect_eq((int)body->kind, (int)STATEMENT_RETURN);
    cr_expect_eq((int)body->value->as.await.kind, (int)AWAIT_STEP);
    cr_expect_eq(body->value->operand->arguments[0]->as.variable, started->parameters[0]);
    const struct expression *again = statement_at(find_function(checked.program, "f"), 2)->value->operand;
    cr_expect_eq(again->operand->as.call.function, started, "one routine serves all starts of a step");
    cr_expect_eq(checked.program->functions[started->index], started, "it is one of the program's functions");
    checked_free(&checked);
}

Test(check_task, starts_a_public_routine_as_from_outside)
{
    struct checked checked;
    check_source(&checked, "service S { async int f() { return await (start g(1)) + await (start h(2)); } "
                           "async int g(int n) { return n; } private async int h(int n) { return n; } }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct expression *sum = statement_at(find_function(checked.program, "f"), 0)->value;
    cr_expect_eq((int)sum->left->operand->as.start.kind, (int)AWAIT_SERVICE);
    cr_expect_eq((int)sum->right->operand->as.start.kind, (int)AWAIT_SUBROUTINE);
    checked_free(&checked);
}

/* The names of the parameters of a compensation. */
static void
expect_captures(const struct program *program, const char *name, const char *expected)
{
    const struct function *function = find_function(program, name);
    char got[100] = "";
    for (size_t index = 0; index < function->parameter_count; index++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%.*s", used > 0 ? " " : "",
                 TEXT_ARGUMENTS(function->parameters[index]->name));
    }
    cr_expect_str_eq(got, expected, "%s: expected '%s', got '%s'", name, expected, got);
}

Test(check_task, compensations_copy_what_they_use)
{
    struct checked checked;
    check_source(&checked, TASKS "async void f(int a, int b) { int c = a; compensate { int own = c; own += b; c = own; "
                                 "compensate { await one(a + own); } } int later = 1; await one(later); }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct function *function = find_function(checked.program, "f");
    const struct function *outer = statement_at(function, 1)->compensation;
    cr_expect(text_equal_string(outer->qualified_name, "f.compensate_1"));
    cr_expect_eq(outer->outer, function);
    cr_expect_eq(outer->variables, function->variables, "they have their variables in common");
    cr_expect_eq(outer->variable_count, function->variable_count);
    const struct statement *inner = statement_at(outer, 3);
    cr_expect_eq((int)inner->kind, (int)STATEMENT_COMPENSATE);
    cr_expect_eq(inner->compensation->outer, outer);
    cr_expect(text_equal_string(inner->compensation->qualified_name, "f.compensate_1.compensate_1"));
    /* Of b and c; and of a, which only the inner one uses. In order of their index. */
    cr_expect_eq(outer->parameter_count, 3);
    for (size_t index = 0; index < outer->parameter_count; index++)
        cr_expect_eq(outer->parameters[index], function->variables[index]);
    cr_expect_eq(inner->compensation->parameter_count, 2);
    cr_expect(!statement_at(function, 1)->has_await, "registering it does not suspend");
    checked_free(&checked);
}

Test(check_task, compensations_copy_what_they_assign_to)
{
    struct checked checked;
    check_source(&checked, TASKS "async void f(int[] list, int n) { compensate { list[0] = 1; list.push(2); await "
                                 "one(list[1]); } await one(n); }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    expect_captures(checked.program, "compensate_1", "list");
    checked_free(&checked);
}

/* ---- what is never used ---- */

Test(check_task, warns_of_what_is_never_used)
{
    static const struct expectation expectations[] = {
        { "async void f() { start one(1); }", "W0403" },
        { "async void f() { task<int> t = start one(1); }", "W0403" },
        { "async void f() { task<int>? t = start one(1); }", "W0403" },
        { "async void f() { map<int, task<int>> t; t[1] = start one(1); }", "W0403" },
        { "async task<int> f() { return start one(1); }", "" },
        { "async void f() { task<int> t = start one(1); cancel t; }", "" },
        { "async void f() { int n = await one(1); }", "W0404" },
        { "async void f() { int _n = await one(1); }", "" },
        { "int f(int a) { int b = a; return missing; }", "E0101" }, /* errors may hide uses: nothing is said */
        { "int f(int[] a) { a.push(1); int[] b = a; b.pop(); return 1; }", "W0404" },
        { "int f(int[] a) { int[] b = a; return b.pop(); }", "" },
        { "int f(int[] a) { int i = 0; a[i] = 3; i = 2; return a[0]; }", "" },
    };
    EXPECT_ALL(TASKS, expectations);
}

/* ---- state ---- */

Test(check_task, forgets_state_at_each_await)
{
    static const struct expectation expectations[] = {
        { "async int f() { if (last == null) return 0; return last; } }", "" },
        { "async int f() { if (last == null) return 0; await ask(1); return last; } }", "E0307" },
        { "async int f() { if (last == null) return 0; return last + await ask(last); } }", "" },
        { "async int f() { if (last == null) return 0; return await ask(last) + last; } }", "E0307" },
        { "async int f() { last = 3; return last; } }", "" },
        { "async int f() { last = 3; compensate { await ask(last); } return last; } }", "E0307" },
        { "async int f(task<int> t) { last = 3; select { case await t: return last; } } }", "E0307" },
        { "async int f(task<int> t) { last = 3; select { case int n = await t: last = n; } return last; } }", "" },
        { "async int f() { last = 3; for (int i : 0..3) { if (i > last) break; } return last; } }", "" },
        { "async int f() { last = 3; for (int i : 0..3) { if (i > last) break; await ask(i); } return 1; } }",
          "E0307" },
        { "async int f() { last = 3; for (int i : 0..3) { if (i > last) break; last = null; } return 1; } }", "E0307" },
        { "async int f() { last = 3; while (last > 1 && await ask(1) > 2) { } return 1; } }", "E0307" },
        { "async int f() { last = 3; do { if (last > 1) break; } while (await ask(1) > 2); return 1; } }", "E0307" },
        { "async int f() { last = 3; for (int i = 0; await ask(last) > i; i++) { } return 1; } }", "E0307" },
        { "async int f() { last = 3; try { await ask(1); } catch (error e) { return last; } return 1; } }", "E0307" },
        { "async int f() { last = 3; try { await ask(1); } finally { } return last; } }", "E0307" },
    };
    EXPECT_ALL("extern async int ask(int n); service Account(string id) { state int? last; ", expectations);
}
