/* What expressions mean in a frame, and what is put together and asserted from that. */
#include "solver/smt_internal.h"

#include <assert.h>
#include <string.h>

/* ---- frames ---- */

static struct frame *frame_at(struct smt *smt, uint32_t index) {
    size_t bytes = (smt->system->vars.count + 1) * sizeof(struct meaning);
    while (smt->frames.count <= index) {
        struct frame frame = {.vars = memory_resize(NULL, bytes)};
        memset(frame.vars, 0, bytes);
        vec_push(&smt->frames, frame);
    }
    return &smt->frames.at[index];
}

struct meaning smt_var(struct smt *smt, uint32_t index, uint32_t var) {
    struct frame *frame = frame_at(smt, index);
    const struct system_var *about = &smt->system->vars.at[var];
    struct meaning *meaning = &frame->vars[var];
    if (meaning->flag != NULL || meaning->number != NULL)
        return *meaning;
    if (!about->is_bool)
        meaning->number = number_fresh(smt, about->low, about->high);
    else if (about->low == about->high)
        meaning->flag = about->low != 0 ? smt->yes : smt->no;
    else
        meaning->flag = flag_new(smt);
    return *meaning;
}

static struct meaning meaning_of_flags(struct smt *smt, const struct expr *node, ast_list *flags) {
    switch ((enum op)node->op) {
    case OP_NOT:
        return (struct meaning){.flag = flag_not(smt, flags->at[0])};
    case OP_AND:
    case OP_OR:
        return (struct meaning){.flag = flag_all(smt, node->op == OP_AND, flags->at, flags->count)};
    case OP_EQ:
        return (struct meaning){.flag = flag_iff(smt, flags->at[0], flags->at[1])};
    case OP_ITE:
        return (struct meaning){.flag = term_ite(smt, flags->at[0], flags->at[1], flags->at[2])};
    case OP_COUNT:
        return (struct meaning){.number = number_count(smt, flags->at, flags->count)};
    case OP_CONST:
    case OP_VAR:
    case OP_NEXT:
    case OP_LE:
    case OP_ADD:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_SELECT:
    case OP_LAST:
        break;
    }
    assert(false);
    return (struct meaning){0};
}

typedef VEC(struct number *) number_list;

/* Partial sums need their own ranges; only the whole is known to fit. */
static struct number *sum_of(struct smt *smt, const number_list *numbers) {
    struct number *sum = numbers->at[0];
    for (size_t i = 1; i < numbers->count; i++) {
        struct number *next = numbers->at[i];
        int64_t low = (int64_t)sum->low + next->low, high = (int64_t)sum->high + next->high;
        if (low < INT32_MIN || high > INT32_MAX) {
            smt->failed = true;
            smt->reason = "a sum is too large for the solver";
            return sum;
        }
        sum = number_compute(smt, OP_ADD, sum, next, (int32_t)low, (int32_t)high);
    }
    return sum;
}

static struct meaning meaning_of_numbers(struct smt *smt, const struct expr *node, const number_list *numbers) {
    struct number *const *at = numbers->at;
    switch ((enum op)node->op) {
    case OP_EQ:
        return (struct meaning){.flag = number_eq(smt, at[0], at[1])};
    case OP_LE:
        return (struct meaning){.flag = number_le(smt, at[0], at[1])};
    case OP_ADD:
        return (struct meaning){.number = sum_of(smt, numbers)};
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return (struct meaning){.number = number_compute(smt, (enum op)node->op, at[0], at[1], node->low, node->high)};
    case OP_SELECT:
        return (struct meaning){.number = number_select(smt, at[0], node->payload, at + 1, numbers->count - 1)};
    case OP_CONST:
    case OP_VAR:
    case OP_NEXT:
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_ITE:
    case OP_COUNT:
    case OP_LAST:
        break;
    }
    assert(false);
    return (struct meaning){0};
}

/* Its arguments have their meaning already. */
static struct meaning meaning_of(struct smt *smt, uint32_t frame, expr_id id) {
    const struct exprs *exprs = &smt->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    if (node->op == OP_CONST)
        return node->is_bool ? (struct meaning){.flag = node->payload ? smt->yes : smt->no}
                             : (struct meaning){.number = number_const(smt, node->payload)};
    if (node->op == OP_VAR || node->op == OP_NEXT)
        return smt_var(smt, frame + (node->op == OP_NEXT), (uint32_t)node->payload);
    const struct meaning *known = smt->frames.at[frame].exprs.at;
    const expr_id *args = expr_args(exprs, id);
    if (node->op == OP_ITE && !node->is_bool)
        return (struct meaning){.number =
                                    number_ite(smt, known[args[0]].flag, known[args[1]].number, known[args[2]].number)};
    struct meaning result;
    if (known[args[0]].flag != NULL) {
        ast_list flags = {0};
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&flags, known[args[i]].flag);
        result = meaning_of_flags(smt, node, &flags);
        vec_free(&flags);
    } else {
        number_list numbers = {0};
        for (uint32_t i = 0; i < node->count; i++)
            vec_push(&numbers, known[args[i]].number);
        result = meaning_of_numbers(smt, node, &numbers);
        vec_free(&numbers);
    }
    return result;
}

static bool is_known(const struct frame *frame, expr_id id) {
    return frame->exprs.at[id].flag != NULL || frame->exprs.at[id].number != NULL;
}

/* Arguments before what uses them, without recursion: graphs are deep.  Ends early where the context fails. */
struct meaning smt_translate(struct smt *smt, uint32_t index, expr_id root) {
    const struct exprs *exprs = &smt->system->exprs;
    frame_at(smt, index + 1); /* for OP_NEXT; now `frames` stays where it is */
    struct frame *frame = &smt->frames.at[index];
    vec_reserve(&frame->exprs, exprs->nodes.count);
    for (; frame->exprs.count < exprs->nodes.count; frame->exprs.count++)
        frame->exprs.at[frame->exprs.count] = (struct meaning){0};
    smt->stack.count = 0;
    vec_push(&smt->stack, root);
    while (smt->stack.count > 0 && !smt->failed) {
        expr_id id = smt->stack.at[smt->stack.count - 1];
        size_t before = smt->stack.count;
        for (uint32_t i = 0; !is_known(frame, id) && i < expr_get(exprs, id)->count; i++)
            if (!is_known(frame, expr_args(exprs, id)[i]))
                vec_push(&smt->stack, expr_args(exprs, id)[i]);
        if (smt->stack.count > before)
            continue;
        smt->stack.count--;
        if (!is_known(frame, id))
            frame->exprs.at[id] = meaning_of(smt, index, id);
    }
    return frame->exprs.at[root];
}

/* ---- terms ---- */

smt_lit smt_expr(struct smt *smt, uint32_t frame, expr_id id) {
    assert(expr_get(&smt->system->exprs, id)->is_bool);
    if (smt->failed)
        return SMT_TRUE;
    struct meaning meaning = smt_translate(smt, frame, id);
    return smt->failed ? SMT_TRUE : smt_add_lit(smt, meaning.flag);
}

smt_lit smt_fresh(struct smt *smt) { return smt->failed ? SMT_TRUE : smt_add_lit(smt, flag_new(smt)); }
smt_lit smt_not(struct smt *smt, smt_lit a) {
    return smt->failed ? SMT_TRUE : smt_add_lit(smt, flag_not(smt, smt->lits.at[a]));
}

static smt_lit combine_lits(struct smt *smt, bool is_and, const smt_lit *lits, size_t count) {
    if (smt->failed)
        return SMT_TRUE;
    ast_list asts = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&asts, smt->lits.at[lits[i]]);
    Z3_ast result = flag_all(smt, is_and, asts.at, asts.count);
    vec_free(&asts);
    return smt_add_lit(smt, result);
}

smt_lit smt_and(struct smt *smt, const smt_lit *lits, size_t count) { return combine_lits(smt, true, lits, count); }
smt_lit smt_or(struct smt *smt, const smt_lit *lits, size_t count) { return combine_lits(smt, false, lits, count); }

smt_lit smt_implies(struct smt *smt, smt_lit a, smt_lit b) { return smt_or(smt, (smt_lit[]){smt_not(smt, a), b}, 2); }

static Z3_ast same_meaning(struct smt *smt, struct meaning a, struct meaning b) {
    return a.flag != NULL ? flag_iff(smt, a.flag, b.flag) : number_eq(smt, a.number, b.number);
}

smt_lit smt_same(struct smt *smt, uint32_t var, uint32_t frame, uint32_t other_frame) {
    if (smt->failed)
        return SMT_TRUE;
    struct meaning a = smt_var(smt, frame, var), b = smt_var(smt, other_frame, var);
    return smt_add_lit(smt, same_meaning(smt, a, b));
}

/* ---- assertions ---- */

void smt_assert(struct smt *smt, smt_lit lit) { smt_assert_term(smt, smt->lits.at[lit]); }

void smt_assert_state(struct smt *smt, uint32_t frame, const int32_t *state) {
    for (uint32_t var = 0; var < smt->system->vars.count && !smt->failed; var++) {
        struct meaning meaning = smt_var(smt, frame, var);
        if (meaning.flag != NULL)
            smt_assert_term(smt, state[var] != 0 ? meaning.flag : flag_not(smt, meaning.flag));
        else
            smt_assert_term(smt, number_is(smt, meaning.number, state[var]));
    }
}

void smt_assert_one(struct smt *smt, const smt_lit *lits, size_t count) {
    ast_list asts = {0};
    for (size_t i = 0; i < count; i++)
        if (lits[i] != SMT_FALSE)
            vec_push(&asts, smt->lits.at[lits[i]]);
    if (!smt->failed)
        flag_assert_one(smt, asts.at, asts.count);
    vec_free(&asts);
}

/* Is the one-hot number equal to this case's value?  For each of its values, both ways. */
static void assert_case(struct smt *smt, Z3_ast when, struct meaning next, struct meaning value) {
    bool plain = next.flag != NULL || !number_has_cases(smt, next.number) || !number_has_cases(smt, value.number);
    if (plain) {
        smt_assert_term(smt, flag_or2(smt, flag_not(smt, when), same_meaning(smt, next, value)));
        return;
    }
    for (int64_t v = next.number->low; v <= next.number->high; v++) {
        Z3_ast same = flag_iff(smt, number_case(smt, next.number, v), number_case(smt, value.number, v));
        smt_assert_term(smt, flag_or2(smt, flag_not(smt, when), same));
    }
}

void smt_assert_update(struct smt *smt, uint32_t frame, uint32_t var, const struct smt_case *cases, size_t count) {
    if (smt->failed)
        return;
    struct meaning next = smt_var(smt, frame + 1, var), now = smt_var(smt, frame, var);
    ast_list whens = {0};
    for (size_t i = 0; i < count && !smt->failed; i++) {
        Z3_ast when = smt->lits.at[cases[i].when];
        struct meaning value = smt_translate(smt, frame, cases[i].value);
        if (!smt->failed)
            assert_case(smt, when, next, value);
        vec_push(&whens, when);
    }
    if (!smt->failed)
        assert_case(smt, flag_not(smt, flag_all(smt, false, whens.at, whens.count)), next, now);
    vec_free(&whens);
}
