/* The checker: narrowing, widening, throws, constants, the order of types. Each test is a table of small programs; a
 * failure names the program. The diagnostics themselves are looked at by tests/golden/error. */
#include "tests/support/check_source.h"

/* ---- narrowing ---- */

Test(check, narrows_optionals)
{
    static const struct expectation expectations[] = {
        { "int f(int? x) { return x; }", "E0307" },
        { "int f(int? x) { if (x != null) return x; return 0; }", "" },
        { "int f(int? x) { if (x == null) return 0; return x; }", "" },
        { "int f(int? x) { if (null != x) return x; return 0; }", "" },
        { "int f(int? x) { if (!(x == null)) return x; return 0; }", "" },
        { "int f(int? x) { if (x == null) return x; return 0; }", "E0307" },
        { "int f(int? x) { if (x == null) { } return x; }", "E0307" },
        { "int f(int? x) { return x != null ? x : 0; }", "" },
        { "int f(int? x) { return x != null && x > 3 ? x : 0; }", "" },
        { "int f(int? x) { return x == null || x > 3 ? 0 : x; }", "" },
        { "int f(int? x) { return x != null || x > 3 ? 1 : 0; }", "E0307" },
        { "bool f(int? x, int? y) { return x != null && y != null && x < y; }", "" },
        { "bool f(int? x, int? y) { if (x == null || y == null) return false; return x < y; }", "" },
        { "int f(int? x) { int a = x!; return a + x; }", "" },
        { "int f(bool b, int? x) { bool c = b && x! > 1; return x; }", "E0307" },
        { "int f(int? x) { x = 5; return x; }", "" },
        { "int f(int? x) { if (x == null) x = 1; return x; }", "" },
        { "int f(int? x) { if (x != null) { x = null; return x; } return 0; }", "E0307" },
        { "int f(int? x, int? y) { if (x != null) { x = y; return x; } return 0; }", "E0307" },
        { "int f() { int? x = 5; return x; }", "" },
        { "int f(int? x) { int? y = x; return y; }", "E0307" },
        { "int f(int? x) { if (x != null) { int? y = x; return y; } return 0; }", "" },
        { "int f(int?[] a) { return a[0]; }", "E0307" },
        { "int f(int?[] a) { if (a[0] != null) return a[0]; return 0; }", "E0307" }, /* elements are not followed */
    };
    EXPECT_ALL("", expectations);
}

Test(check, narrows_in_loops)
{
    static const struct expectation expectations[] = {
        { "int f(int? x) { while (x == null) x = g(); return x; }", "" },
        { "int f(int? x) { while (true) { if (x != null) break; x = g(); } return x; }", "" },
        { "int f(int? x) { if (x == null) return 0; while (h(x)) { x = g(); } return 0; }", "E0307" },
        { "int f(int? x) { if (x == null) return 0; while (h(x)) { } return x; }", "" },
        { "int f(int? x) { if (x == null) return 0; for (int i : 0..3) { x = null; } return x; }", "E0307" },
        { "int f(int? x) { if (x == null) return 0; for (int i = 0; i < x; i++) { if (i == 2) x = g(); } return 1; }",
          "E0307" },
        { "int f(int? x) { do { x = g(); } while (x == null); return x; }", "" },
        { "int f(int? x) { do { if (x == null) continue; } while (x == null); return x; }", "" },
        { "int f(int[] a) { int? x = null; for (int n : a) { if (x == null) { x = n; continue; } if (n > x) x = n; } "
          "return x ?? 0; }",
          "" },
    };
    EXPECT_ALL("int? g() { return null; } bool h(int n) { return n > 0; } ", expectations);
}

Test(check, narrows_around_try_and_switch)
{
    static const struct expectation expectations[] = {
        { "int f(int? x) { if (x == null) return 0; try { g(); x = null; } catch (error e) { return x; } return 0; }",
          "E0307" },
        { "int f(int? x) { if (x == null) return 0; try { g(); } catch (error e) { return x; } return x; }", "" },
        { "int f(int? x) { try { g(); x = 1; } catch (error e) { x = 2; } return x; }", "" },
        { "int f(int? x) { try { g(); x = 1; } catch (error e) { } return x; }", "E0307" },
        { "int f(int? x) { x = 1; try { g(); } finally { x = null; } return x; }", "E0307" },
        { "int f(int? x) { x = 1; while (true) { try { break; } finally { x = null; } } return x; }", "E0307" },
        { "int f(int? x, int n) { switch (n) { case 1: x = 1; default: x = 2; } return x; }", "" },
        { "int f(int? x, int n) { switch (n) { case 1: x = 1; case 2: x = 2; } return x; }", "E0307" },
        { "int f(int? x, int n) { switch (n) { case 1: x = 1; break; default: return 0; } return x; }", "" },
    };
    EXPECT_ALL("int g() { return 1; } ", expectations);
}

Test(check, narrows_members)
{
    static const struct expectation expectations[] = {
        { "int f(A a) { if (a.b != null) return a.b.n; return 0; }", "" },
        { "int f(A a) { return a.b.n; }", "E0307" },
        { "int f(A a) { if (a.b == null || a.b.a == null) return 0; return a.b.a.n; }", "" },
        { "int f(A a, A c) { if (a.b == null) return 0; a = c; return a.b.n; }", "E0307" },
        { "int f(A a) { if (a.b == null) return 0; a.b.n = 3; return a.b.n; }", "" },
        { "int f(A a) { if (a.b == null || a.b.a == null) return 0; a.b = B{}; return a.b.n + a.b.a.n; }", "E0307" },
        { "int f(A a) { if (a.b == null) return 0; for (int i : 0..2) { a.n = i; a.b = null; } return a.b.n; }",
          "E0307" },
        { "int f(A a) { a.b = B{.n = 1}; return a.b.n; }", "" },
        { "int f(A a) { return a.b?.a?.n ?? 0; }", "" },
    };
    EXPECT_ALL("struct A { int n; B? b; } struct B { int n; A? a; } ", expectations);
}

/* ---- types ---- */

/* The type of `value` in a function that has the parameters. */
struct typed {
    const char *parameters;
    const char *value;
    const char *type; /* or the code of an error */
};

static void
expect_type(const struct typed *typed)
{
    char source[400];
    struct checked checked;
    snprintf(source, sizeof source, "enum E { A, B } void f(%s) { var x = %s; }", typed->parameters, typed->value);
    check_source(&checked, source);
    if (checked.program == NULL) {
        cr_expect(strcmp(checked.codes, typed->type) == 0, "%s: expected '%s', got '%s'", source, typed->type,
                  checked.codes);
    } else {
        const struct function *function = find_function(checked.program, "f");
        struct text type = function->variables[function->variable_count - 1]->type->name;
        cr_expect(text_equal_string(type, typed->type), "%s: expected '%s', got '%.*s'", source, typed->type,
                  TEXT_ARGUMENTS(type));
    }
    checked_free(&checked);
}

Test(check, computes_in_the_type_that_holds_both)
{
    static const struct typed all[] = {
        { "int a, int b", "a + b", "int" },
        { "int8 a, int8 b", "a + b", "int8" },
        { "int8 a, int16 b", "a * b", "int16" },
        { "int a, int8 b", "a - b", "int" },
        { "uint8 a, uint32 b", "a + b", "uint32" },
        { "uint8 a, int8 b", "a + b", "int16" },
        { "uint16 a, int8 b", "a + b", "int32" },
        { "uint32 a, int8 b", "a + b", "int" },
        { "uint8 a, int b", "a & b", "int" },
        { "uint64 a, int b", "a + b", "E0304" },
        { "uint64 a, int8 b", "a < b", "E0304" },
        { "uint8 a", "a + 1", "uint8" },
        { "uint8 a", "1 + a", "uint8" },
        { "uint8 a", "a + 300", "int" },
        { "uint8 a", "a + -1", "int" },
        { "uint64 a", "a + 1", "uint64" },
        { "uint64 a", "a + 18446744073709551615", "uint64" },
        { "int a", "a + 18446744073709551615", "E0304" },
        { "int a, decimal b", "a * b", "decimal" },
        { "uint64 a, decimal b", "b - a", "decimal" },
        { "decimal a", "a * 2", "decimal" },
        { "decimal a, double b", "a * b", "E0305" },
        { "double a", "a * 2", "double" },
        { "double a, int32 b", "a * b", "double" },
        { "double a, int b", "a * b", "E0302" },
        { "duration a, int b", "a * b", "duration" },
        { "duration a, int b", "b * a", "duration" },
        { "duration a, uint8 b", "a / b", "duration" },
        { "duration a, duration b", "a - b", "duration" },
        { "duration a, duration b", "a / b", "E0302" },
        { "time a, duration b", "a + b", "time" },
        { "time a, duration b", "a - b", "time" },
        { "time a, time b", "a - b", "duration" },
        { "time a, time b", "a + b", "E0302" },
        { "uint8 a, int b", "a << b", "uint8" },
        { "int a", "-a", "int" },
        { "uint8 a", "~a", "uint8" },
        { "", "-9223372036854775808", "int" },
        { "", "9223372036854775808", "uint64" },
        { "string a, string b", "a + b", "string" },
        { "int[] a, int[] b", "a + b", "int[]" },
        { "int[] a", "a + [1]", "int[]" },
        { "E a", "a < E.B", "bool" },
        { "E a", "a.value", "int" },
        { "bool b, int a", "b ? a : 1.5m", "decimal" },
        { "bool b, int a", "b ? a : null", "int?" },
        { "bool b, int? a", "b ? 1 : a", "int?" },
        { "int? a", "a ?? 1", "int" },
        { "int? a, int? b", "a ?? b", "int?" },
        { "string? a", "a?.length", "int?" },
        { "string? a", "a?.trim().length", "int?" },
        { "", "[1, 2.5]", "double[]" },
        { "", "[1, null, 3]", "int?[]" },
        { "uint8 a", "[a, 1]", "uint8[]" },
        { "", "[\"a\": 1, \"b\": 2]", "map<string, int>" },
        { "map<string, int> m", "m.get(\"a\")", "int?" },
        { "map<string, int?> m", "m.get(\"a\")", "int?" },
        { "bytes b", "b[0]", "uint8" },
    };
    for (size_t index = 0; index < sizeof all / sizeof all[0]; index++)
        expect_type(&all[index]);
}

Test(check, converts_where_nothing_is_lost)
{
    static const struct expectation expectations[] = {
        { "int f(int8 a) { return a; }", "" },
        { "int16 f(uint8 a) { return a; }", "" },
        { "uint16 f(int8 a) { return a; }", "E0301" },
        { "int f(uint64 a) { return a; }", "E0301" },
        { "uint64 f(uint32 a) { return a; }", "" },
        { "decimal f(int a) { return a; }", "" },
        { "double f(int32 a) { return a; }", "" },
        { "double f(int a) { return a; }", "E0301" },
        { "double f() { return 3; }", "" },
        { "uint8 f() { return 255; }", "" },
        { "uint8 f() { return 256; }", "E0612" },
        { "int? f(int8 a) { return a; }", "" },
        { "void f(int8 a) { a += 1; }", "" },
        { "void f(int8 a, int b) { a += b; }", "E0301" },
        { "void f(int a, int8 b) { a += b; a <<= 2; }", "" },
        { "void f(decimal a, int b) { a *= b; }", "" },
        { "void f(duration a, time b) { a *= 2; b += a; }", "" },
        { "void f(int a, duration b) { a *= b; }", "E0302" },
        { "decimal[] f() { return [1, 2.5m]; }", "" },
        { "map<string, decimal> f(int n) { return [\"a\": n]; }", "" },
        { "void f(int8[] a) { for (int n : a) { } }", "" },
        { "void f(int[] a) { for (int8 n : a) { } }", "E0301" },
    };
    EXPECT_ALL("", expectations);
}

Test(check, reports_once)
{
    static const struct expectation expectations[] = {
        { "int f() { int a = b; return a + 1 + c(a).d[2]; }", "E0101 E0101" },
        { "Missing f(Missing m) { return m.x.y(); }", "E0101 E0101" },
        { "int f() { for (var x : missing) { int y = x.z; y++; } return missing(); }", "E0101 E0101" },
        { "int f(int n) { switch (n.size) { case a: return 1; case b c: return c; default: return 2; } }", "E0309" },
        { "const int A = missing; const int B = A * 2; int f() { return B; }", "E0101" },
        { "struct A { Missing m; } int f(A a) { return A{.m = a.m}.m; }", "E0101" },
        { "error E { int n; } void f() { try { throw E{.n = \"a\"}; } catch (E e) { throw; } }", "E0301" },
        { "async int f(int[] a) { task<int> t = start g(a); t = start g(a); return await t; }", "E0101 E0101" },
        { "async int f() { promise<Missing> p = promise<Missing>(); resolve(p, 1); return await p; }", "E0101 E0101" },
    };
    EXPECT_ALL("", expectations);
}

/* ---- throws ---- */

#define ERRORS "error A { } error B { } error C { } void a() { throw A{}; } void b() { throw B{}; } "

Test(check, infers_what_is_thrown)
{
    expect_throws(ERRORS "void f() { a(); b(); }", "f", "A B");
    expect_throws(ERRORS "void f() { try { a(); b(); } catch (A e) { } }", "f", "B");
    expect_throws(ERRORS "void f() { try { a(); b(); } catch (A e) { throw; } }", "f", "A B");
    expect_throws(ERRORS "void f() { try { a(); b(); } catch (error e) { } }", "f", "");
    expect_throws(ERRORS "void f() { try { a(); b(); } catch (A e) { } catch (error e) { throw; } }", "f", "B");
    expect_throws(ERRORS "void f() { try { a(); } catch (A e) { b(); } }", "f", "B");
    expect_throws(ERRORS "void f() { try { a(); } catch (A e) { throw C{}; } finally { b(); } }", "f", "B C");
    expect_throws(ERRORS "void f() { try { try { a(); b(); } catch (A e) { throw; } } catch (A e) { } }", "f", "B");
    expect_throws(ERRORS "void f() { try { a(); } catch (A e) { try { b(); } catch (B i) { } throw; } }", "f", "A");
    expect_throws(ERRORS "void f() { try { a(); } catch (Overflow e) { } }", "f", "A");
    expect_throws(ERRORS "void f() { int n = 1 / g(); } int g() { b(); return 1; }", "f", "B");
}

Test(check, infers_throws_over_recursion)
{
    expect_throws(ERRORS "void f(int n) { if (n > 0) g(n - 1); a(); } void g(int n) { f(n); b(); }", "g", "A B");
    expect_throws(ERRORS "void f(int n) { if (n > 0) f(n - 1); else a(); }", "f", "A");
    expect_throws(ERRORS "void f(int n) { try { f(n - 1); a(); } catch (A e) { } b(); }", "f", "B");
    expect_throws(ERRORS "async void f() { await g(); } async void g() { await h(); a(); } async void h() { b(); }",
                  "f", "A B");
    expect_throws(ERRORS "extern async void s() throws C; async void f() { await s(); }", "f", "C");
    expect_throws(ERRORS "interface I { async void m() throws B; } service S { use I i; private async void f() { "
                         "await i.m(); } }",
                  "f", "B");
    expect_throws(ERRORS "service S { async void p() throws A, B { a(); } } async void f() { await S.p(); }", "f",
                  "A B");
}

/* ---- constants ---- */

static void
expect_default(const char *value, const char *type, const char *expected)
{
    struct checked checked;
    char source[400];
    snprintf(source, sizeof source,
             "const int TWO = 2; const string NAME = \"n\"; enum E { A, B = 7 } void f(%s x = %s) { }", type, value);
    check_source(&checked, source);
    cr_assert(checked.program != NULL, "%s: %s", source, checked.codes);
    const struct expression *node = find_function(checked.program, "f")->parameters[0]->default_value;
    char got[100] = "";
    if (node->kind == EXPRESSION_ENUMERATOR)
        snprintf(got, sizeof got, "%.*s", TEXT_ARGUMENTS(node->as.enumerator->c_name));
    else if (node->kind != EXPRESSION_LITERAL)
        snprintf(got, sizeof got, "kind %d", (int)node->kind);
    else if (node->type->kind == TYPE_BOOL)
        snprintf(got, sizeof got, "%s", node->as.literal.boolean ? "true" : "false");
    else if (node->type->kind == TYPE_DOUBLE)
        snprintf(got, sizeof got, "%g", node->as.literal.real);
    else if (node->type->kind == TYPE_STRING || node->type->kind == TYPE_DECIMAL)
        snprintf(got, sizeof got, "%.*s", TEXT_ARGUMENTS(node->as.literal.text));
    else if (type_is_integer(node->type) && !type_is_signed_integer(node->type))
        snprintf(got, sizeof got, "%llu", (unsigned long long)node->as.literal.natural);
    else
        snprintf(got, sizeof got, "%lld", (long long)node->as.literal.integer);
    cr_expect(strcmp(got, expected) == 0, "%s x = %s: expected '%s', got '%s'", type, value, expected, got);
    checked_free(&checked);
}

Test(check, folds_constants)
{
    expect_default("TWO * 3 + 1", "int", "7");
    expect_default("-7 / 2", "int", "-3");
    expect_default("-7 % 3", "int", "-1");
    expect_default("1 << 63", "int", "-9223372036854775808");
    expect_default("-1 >> 1", "int", "-1");
    expect_default("~0 & 0xFF", "int", "255");
    expect_default("5 ^ 1 | 8", "int", "12");
    expect_default("18446744073709551615", "uint64", "18446744073709551615");
    expect_default("TWO", "uint8", "2");
    expect_default("TWO", "decimal", "2");
    expect_default("1.50m * 3", "decimal", "4.50");
    expect_default("1m / 3", "decimal", "0.3333333333333333333333333333333333");
    expect_default("1m / 8 - 1", "decimal", "-0.875");
    expect_default("0.000001m * 0.1m", "decimal", "1E-7");
    expect_default("1e3m", "decimal", "1e3");
    expect_default("1e3m * 10", "decimal", "1.0E+4");
    expect_default("7.5m % 2", "decimal", "1.5");
    expect_default("1.5 * 2", "double", "3");
    expect_default("NAME + \"-\" + NAME", "string", "n-n");
    expect_default("$\"{NAME}:{TWO}:{true}\"", "string", "n:2:true");
    expect_default("TWO > 1 && NAME != \"m\"", "bool", "true");
    expect_default("1.10m == 1.1m", "bool", "true");
    expect_default("TWO == 2 ? 3 : 4", "int", "3");
    expect_default("5min + 2 * 30s", "duration", "360000000000");
    expect_default("-(1h)", "duration", "-3600000000000");
    expect_default("time(\"1970-01-01T00:00:01.5Z\")", "time", "1500000000");
    expect_default("time(\"1969-12-31T23:00:00-01:00\")", "time", "0");
    expect_default("time(\"2024-02-29T00:00:00Z\")", "time", "1709164800000000000");
    expect_default("time(\"2026-01-01T00:00:00Z\") - time(\"2025-01-01T00:00:00Z\")", "duration", "31536000000000000");
    expect_default("int(2.9)", "int", "2");
    expect_default("int(-2.9m)", "int", "-2");
    expect_default("E.B.value", "int", "7");
    expect_default("E.B.name", "string", "B");
    expect_default("E.B", "E", "E_B");
}

/* ---- the program ---- */

Test(check, orders_types_behind_those_they_hold)
{
    struct checked checked;
    check_source(&checked, "struct A { B b; C? c; } struct B { D[] d; E e; } struct C { A a; } struct D { int n; } "
                           "union E { D d; void none; }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct program *program = checked.program;
    uint32_t index_of[128] = { 0 };
    for (size_t index = 0; index < program->type_count; index++) {
        const struct type *type = program->types[index];
        cr_expect(type->index == index, "%.*s has index %u", TEXT_ARGUMENTS(type->name), type->index);
        if (type->name.size_bytes == 1)
            index_of[(unsigned char)type->name.data[0]] = type->index;
    }
    cr_expect(index_of['B'] < index_of['A'] && index_of['E'] < index_of['B'] && index_of['D'] < index_of['E'] &&
              index_of['A'] < index_of['C']);
    cr_expect(program->types[index_of['A']]->is_recursive, "A holds a C?, which holds an A");
    cr_expect(program->types[index_of['C']]->is_recursive);
    cr_expect(!program->types[index_of['B']]->is_recursive);
    cr_expect(program->types[index_of['C']]->holds_blocks, "C holds A holds B holds D[]");
    cr_expect(!program->types[index_of['D']]->holds_blocks);
    checked_free(&checked);
}

Test(check, writes_conversions_out)
{
    struct checked checked;
    check_source(&checked, "decimal f(int8 a, int? b) { return a + (b ?? 2) * 1.5m; }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct statement *body = find_function(checked.program, "f")->body;
    const struct expression *sum = body->statements[0]->value;
    cr_expect(sum->kind == EXPRESSION_BINARY && sum->left->kind == EXPRESSION_CONVERT && !sum->left->as.is_checked);
    cr_expect(sum->left->type == sum->type && sum->right->type == sum->type);
    cr_expect(sum->right->left->kind == EXPRESSION_CONVERT && sum->right->left->operand->kind == EXPRESSION_COALESCE);
    checked_free(&checked);
}

Test(check, keeps_the_order_of_named_arguments)
{
    struct checked checked;
    check_source(&checked, "int f(int a, int b = 2, int c = 3) { return a; } "
                           "int g() { return f(c: 1, a: 2); } int h() { return f(1, c: 2); }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct expression *call = find_function(checked.program, "g")->body->statements[0]->value;
    cr_assert(call->evaluation_order != NULL && call->argument_count == 3);
    cr_expect(call->evaluation_order[0] == 2 && call->evaluation_order[1] == 0 && call->evaluation_order[2] == 1);
    cr_expect(call->arguments[0]->as.literal.integer == 2 && call->arguments[1]->as.literal.integer == 2 &&
              call->arguments[2]->as.literal.integer == 1);
    checked_free(&checked);
}

Test(check, gives_names_that_c_can_take)
{
    struct checked checked;
    check_source(&checked, "int free(int register) { if (register > 1) { int x = 1; x++; } else { int x = 2; x++; } "
                           "int free_ = 1; return free_; } struct map_x { int goto; }");
    cr_assert(checked.program != NULL, "%s", checked.codes);
    const struct function *function = find_function(checked.program, "free");
    cr_expect(text_equal_string(function->c_name, "free_"));
    cr_expect(text_equal_string(function->variables[0]->c_name, "register_"));
    cr_expect(text_equal_string(function->variables[1]->c_name, "x"));
    cr_expect(text_equal_string(function->variables[2]->c_name, "x_2"));
    cr_expect(text_equal_string(function->variables[3]->c_name, "free__2"), "a local does not hide a function");
    cr_expect(text_equal_string(checked.program->structures[0]->c_name, "map_x_"));
    cr_expect(text_equal_string(checked.program->structures[0]->members[0].c_name, "goto_"));
    checked_free(&checked);
}

/* ---- limits ---- */

Test(check, stands_long_chains)
{
    /* Types, constants, functions that lead from one to the next, forwards and backwards. */
    enum { LENGTH = 20000 };
    struct text_builder builder;
    struct arena arena;
    arena_initialise(&arena, NULL);
    text_builder_initialise(&builder, &arena);
    text_builder_add_string(&builder, "struct S0 { int n; } int f0() { return 0; } const int C0 = 1;\n");
    for (int index = 1; index < LENGTH; index++) {
        text_builder_format(&builder, "struct S%d { S%d s; } struct T%d { T%d[] t; }\n", index, index - 1, index,
                            index == LENGTH - 1 ? 1 : index + 1);
        text_builder_format(&builder, "int f%d() { return f%d(); } const int C%d = C%d;\n", index, index - 1, index,
                            index - 1);
    }
    struct checked checked;
    check_source(&checked, text_builder_text(&builder).data);
    cr_expect(checked.program != NULL, "%s", checked.codes);
    checked_free(&checked);
    arena_free(&arena);
}
