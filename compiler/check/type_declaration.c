/* Members of structs, errors, events, unions; enumerators. See declaration.h. */
#include "compiler/check/declaration.h"
#include "compiler/check/resolve.h"

/* Report a name that stands twice within one declaration. */
static void
report_twice(struct checker *checker, const struct ast_name *name, struct span other)
{
    struct diagnostic *found = diagnostic_add(checker->diagnostics, DIAGNOSTIC_NAME_TAKEN, name->span, name->text);
    diagnostic_note(found, other, "'%t' is declared here already", name->text);
    diagnostic_help(found, "give one of them another name");
}

/* The name of a member in C. Two members that only differ in an underscore which C needs stay apart. */
static struct text
member_c_name(struct checker *checker, const struct map *names, struct text name)
{
    struct text c_name = c_name_of_member(checker->arena, name);
    while (c_name.data != name.data && map_get(names, c_name) != NULL)
        c_name = text_format(checker->arena, "%.*s_", TEXT_ARGUMENTS(c_name));
    return c_name;
}

/* Members as they are written, into members and names. is_union: a type may be void, a default may not be there. */
static void
resolve_member_list(struct checker *checker, struct symbol *symbol, struct member *members, struct map *names)
{
    const struct ast_member_list *written = &symbol->declaration->as.members;
    bool is_union = symbol->kind == SYMBOL_UNION;
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_member *source = &written->items[index];
        struct member *member = &members[index];
        check_annotations_none(checker, &source->annotations);
        member->name = source->name.text;
        member->number = (uint32_t)index + 1;
        member->documentation = source->documentation;
        member->span = source->name.span;
        member->type = is_union && source->type->kind == AST_TYPE_BUILT_IN && source->type->built_in == AST_VOID
                           ? checker->void_type
                           : resolve_value_type(checker, symbol->module, source->type);
        if (is_union && source->default_value != NULL) {
            struct diagnostic *found =
                diagnostic_add(checker->diagnostics, DIAGNOSTIC_MODIFIER_MISPLACED, source->default_value->span, "= …");
            diagnostic_help(found, "a variant has no default: a union is one of its variants");
        }
        const struct member *other = map_get(names, member->name);
        if (other != NULL)
            report_twice(checker, &source->name, other->span);
        else
            map_put(names, member->name, member);
    }
    for (size_t index = 0; index < written->count; index++)
        members[index].c_name = member_c_name(checker, names, members[index].name);
}

/* Every error has a name and a message, and `error` in JSON. */
static void
check_error_members(struct checker *checker, const struct ast_member_list *written)
{
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_name *name = &written->items[index].name;
        if (!text_equal_string(name->text, "error") && !text_equal_string(name->text, "name") &&
            !text_equal_string(name->text, "message"))
            continue;
        struct diagnostic *found =
            diagnostic_add(checker->diagnostics, DIAGNOSTIC_RESERVED_MEMBER, name->span, name->text);
        diagnostic_help(found, "give it another name: 'reason', for instance");
    }
}

static void
report_empty(struct checker *checker, const struct symbol *symbol, const char *what)
{
    struct diagnostic *found =
        diagnostic_add(checker->diagnostics, DIAGNOSTIC_EMPTY_DECLARATION, symbol->span, symbol->name, what);
    diagnostic_help(found, "give it one at least");
}

static void
resolve_enumerators(struct checker *checker, struct symbol *symbol)
{
    struct enumeration *enumeration = symbol->as.enumeration;
    const struct ast_enumerator_list *written = &symbol->declaration->as.enumerators;
    enumeration->enumerators = arena_new_array(checker->arena, struct enumerator, written->count);
    enumeration->public.enumerators = enumeration->enumerators;
    enumeration->public.enumerator_count = written->count;
    if (written->count == 0)
        report_empty(checker, symbol, "enumerators");
    for (size_t index = 0; index < written->count; index++) {
        const struct ast_enumerator *source = &written->items[index];
        struct enumerator *enumerator = &enumeration->enumerators[index];
        check_annotations_none(checker, &source->annotations);
        enumerator->name = source->name.text;
        enumerator->documentation = source->documentation;
        enumerator->c_name = c_names_claim(&checker->c_names, text_format(checker->arena, "%.*s_%.*s",
                                                                          TEXT_ARGUMENTS(enumeration->public.c_name),
                                                                          TEXT_ARGUMENTS(enumerator->name)));
        const struct enumerator *other = map_get(&enumeration->names, enumerator->name);
        if (other != NULL)
            report_twice(checker, &source->name, written->items[other - enumeration->enumerators].name.span);
        else
            map_put(&enumeration->names, enumerator->name, enumerator);
    }
}

void
resolve_members(struct checker *checker, struct symbol *symbol)
{
    if (symbol->kind == SYMBOL_ENUM) {
        resolve_enumerators(checker, symbol);
        return;
    }
    const struct ast_member_list *written = &symbol->declaration->as.members;
    struct member *members = arena_new_array(checker->arena, struct member, written->count);
    if (symbol->kind == SYMBOL_UNION) {
        struct variants *variants = symbol->as.variants;
        variants->variants = members;
        variants->public.variants = members;
        variants->public.variant_count = written->count;
        if (written->count == 0)
            report_empty(checker, symbol, "variants");
        resolve_member_list(checker, symbol, members, &variants->names);
        return;
    }
    struct structure *structure = symbol->as.structure;
    structure->members = members;
    structure->public.members = members;
    structure->public.member_count = written->count;
    resolve_member_list(checker, symbol, members, &structure->names);
    if (symbol->kind == SYMBOL_ERROR)
        check_error_members(checker, written);
}

/* ---- what holds of a type by its members ---- */

/* Members that are looked at before the answer is "perhaps": more than the largest value has, and few enough to be
 * looked at for every comparison. So it ends for a struct that holds itself by value, too, which was reported. */
#define MEMBERS_MAX 10000

static bool comparison_throws(const struct type *type, size_t *members_left);

static bool
any_comparison_throws(const struct member *members, size_t count, size_t *members_left)
{
    for (size_t index = 0; index < count; index++) {
        if (comparison_throws(members[index].type, members_left))
            return true;
    }
    return false;
}

static bool
comparison_throws(const struct type *type, size_t *members_left)
{
    if (*members_left == 0)
        return true;
    --*members_left;
    switch (type->kind) {
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_ANY_ERROR: return true;
    case TYPE_OPTIONAL:
        return type_is_boxed_in_optional(type->element) || comparison_throws(type->element, members_left);
    case TYPE_STRUCT:
    case TYPE_ERROR: {
        const struct struct_declaration *structure = type->declaration.structure;
        return any_comparison_throws(structure->members, structure->member_count, members_left);
    }
    case TYPE_UNION: {
        const struct union_declaration *variants = type->declaration.variants;
        return any_comparison_throws(variants->variants, variants->variant_count, members_left);
    }
    case TYPE_POISON:
    case TYPE_VOID:
    case TYPE_NULL:
    case TYPE_BOOL:
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
    case TYPE_DOUBLE:
    case TYPE_DECIMAL:
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_TIME:
    case TYPE_DURATION:
    case TYPE_UUID:
    case TYPE_ENUM:
    case TYPE_TASK:
    case TYPE_PROMISE: break;
    }
    return false;
}

bool
type_comparison_throws(const struct type *type)
{
    size_t members_left = MEMBERS_MAX;
    return comparison_throws(type, &members_left);
}
