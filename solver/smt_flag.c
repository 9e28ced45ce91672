/* Boolean terms, a little simplified on the way: what is known becomes `yes` or `no` before Z3 sees it. */
#include "solver/smt_internal.h"

/* At most one of so few flags: every pair; of more: see flag_assert_one(). */
#define PAIRS_MAX 6

Z3_ast flag_new(struct smt *smt) { return smt_keep(smt, Z3_mk_fresh_const(smt->context, "b", smt->flag_sort)); }

Z3_ast flag_not(struct smt *smt, Z3_ast a) {
    if (a == smt->yes || a == smt->no)
        return a == smt->yes ? smt->no : smt->yes;
    if (!smt->failed && Z3_get_ast_kind(smt->context, a) == Z3_APP_AST) { /* not not a */
        Z3_app app = Z3_to_app(smt->context, a);
        if (Z3_get_decl_kind(smt->context, Z3_get_app_decl(smt->context, app)) == Z3_OP_NOT)
            return smt_keep(smt, Z3_get_app_arg(smt->context, app, 0));
    }
    return smt_keep(smt, Z3_mk_not(smt->context, a));
}

Z3_ast flag_all(struct smt *smt, bool is_and, Z3_ast *args, size_t count) {
    Z3_ast neutral = is_and ? smt->yes : smt->no, absorbing = is_and ? smt->no : smt->yes;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (args[i] == absorbing)
            return absorbing;
        if (args[i] != neutral && (kept == 0 || args[kept - 1] != args[i]))
            args[kept++] = args[i];
    }
    if (kept <= 1)
        return kept == 0 ? neutral : args[0];
    return smt_keep(smt, is_and ? Z3_mk_and(smt->context, (unsigned)kept, args)
                                : Z3_mk_or(smt->context, (unsigned)kept, args));
}

Z3_ast flag_and2(struct smt *smt, Z3_ast a, Z3_ast b) { return flag_all(smt, true, (Z3_ast[]){a, b}, 2); }
Z3_ast flag_or2(struct smt *smt, Z3_ast a, Z3_ast b) { return flag_all(smt, false, (Z3_ast[]){a, b}, 2); }

Z3_ast flag_iff(struct smt *smt, Z3_ast a, Z3_ast b) {
    if (a == b)
        return smt->yes;
    if (a == smt->yes || b == smt->yes)
        return a == smt->yes ? b : a;
    if (a == smt->no || b == smt->no)
        return flag_not(smt, a == smt->no ? b : a);
    return smt_keep(smt, Z3_mk_iff(smt->context, a, b));
}

Z3_ast term_ite(struct smt *smt, Z3_ast condition, Z3_ast yes, Z3_ast no) {
    if (yes == no || condition == smt->yes)
        return yes;
    if (condition == smt->no)
        return no;
    if (yes == smt->no || no == smt->yes) {
        Z3_ast not = flag_not(smt, condition);
        return yes == smt->no ? flag_and2(smt, not, no) : flag_or2(smt, not, yes);
    }
    if (yes == smt->yes || no == smt->no)
        return yes == smt->yes ? flag_or2(smt, condition, no) : flag_and2(smt, condition, yes);
    return smt_keep(smt, Z3_mk_ite(smt->context, condition, yes, no));
}

/* ---- exactly one ---- */

static void assert_clause2(struct smt *smt, Z3_ast a, Z3_ast b) { smt_assert_term(smt, flag_or2(smt, a, b)); }

/* Each flag spells its own number in binary, on fresh bits (Frisch and Peugniez, IJCAI 2001).  Z3's native cardinality
 * constraint is slower. */
static void assert_at_most_one(struct smt *smt, const Z3_ast *flags, size_t count) {
    for (size_t i = 0; i < count && count <= PAIRS_MAX; i++)
        for (size_t j = i + 1; j < count; j++)
            assert_clause2(smt, flag_not(smt, flags[i]), flag_not(smt, flags[j]));
    for (size_t bit = 0; count > PAIRS_MAX && (count - 1) >> bit != 0; bit++) {
        Z3_ast one = flag_new(smt), zero = flag_not(smt, one);
        for (size_t i = 0; i < count; i++)
            assert_clause2(smt, flag_not(smt, flags[i]), (i >> bit & 1) != 0 ? one : zero);
    }
}

void flag_assert_one(struct smt *smt, const Z3_ast *flags, size_t count) {
    ast_list scratch = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&scratch, flags[i]);
    assert_at_most_one(smt, flags, count);
    smt_assert_term(smt, flag_all(smt, false, scratch.at, scratch.count));
    vec_free(&scratch);
}
