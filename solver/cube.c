#include "solver/cube.h"

#include <assert.h>
#include <string.h>

/* A variable of more values has LEAST and MOST instead of NOT. */
#define NARROW_MAX 40

static bool is_narrow(const struct system_var *var) { return (int64_t)var->high - var->low < NARROW_MAX; }

static expr_id literal_expr(struct system *system, uint32_t var, enum literal_form form, int32_t value) {
    const struct system_var *about = &system->vars.at[var];
    struct exprs *exprs = &system->exprs;
    expr_id is = expr_var(exprs, var, about->low, about->high, about->is_bool);
    if (about->is_bool)
        return value != 0 ? expr_not(exprs, is) : is;
    expr_id number = expr_int(exprs, value);
    if (form == LITERAL_NOT)
        return expr_not(exprs, expr_eq(exprs, is, number));
    return form == LITERAL_LEAST ? expr_le(exprs, number, is) : expr_le(exprs, is, number);
}

static literal_id literal_new(struct literals *literals, uint32_t var, enum literal_form form, int32_t value) {
    vec_push(&literals->at, ((struct literal){var, form, value, literal_expr(literals->system, var, form, value)}));
    return (literal_id)literals->at.count - 1;
}

void literals_init(struct literals *literals, struct system *system) {
    size_t count = system->vars.count + 1;
    *literals = (struct literals){.system = system};
    literals->first = memory_resize(NULL, count * sizeof *literals->first);
    literals->wide = memory_resize(NULL, count * sizeof *literals->wide);
    memset(literals->wide, 0, count * sizeof *literals->wide);
    for (uint32_t var = 0; var < system->vars.count; var++) {
        const struct system_var *about = &system->vars.at[var];
        literals->first[var] = (uint32_t)literals->at.count;
        for (int32_t value = about->low; is_narrow(about) && value <= about->high; value++)
            literal_new(literals, var, LITERAL_NOT, value);
    }
}

void literals_clear(struct literals *literals) {
    for (size_t var = 0; var < literals->system->vars.count; var++)
        vec_free(&literals->wide[var].ids);
    free(literals->wide);
    free(literals->first);
    vec_free(&literals->at);
}

bool literal_admits(const struct literal *literal, int32_t value) {
    switch (literal->form) {
    case LITERAL_NOT:
        return value != literal->value;
    case LITERAL_LEAST:
        return value >= literal->value;
    case LITERAL_MOST:
        return value <= literal->value;
    }
    return false;
}

bool literal_is_true(const struct literals *literals, literal_id id, const int32_t *state) {
    const struct literal *literal = &literals->at.at[id];
    return literal_admits(literal, state[literal->var]);
}

/* ---- cubes ---- */

static literal_id wide_literal(struct literals *literals, uint32_t var, enum literal_form form, int32_t value) {
    struct wide_literals *wide = &literals->wide[var];
    for (size_t i = 0; i < wide->ids.count; i++) {
        const struct literal *literal = &literals->at.at[wide->ids.at[i]];
        if (literal->form == form && literal->value == value)
            return wide->ids.at[i];
    }
    vec_push(&wide->ids, literal_new(literals, var, form, value));
    return wide->ids.at[wide->ids.count - 1];
}

void cube_add(struct cube *cube, struct literals *literals, uint32_t var, enum literal_form form, int32_t value) {
    const struct system_var *about = &literals->system->vars.at[var];
    if (!is_narrow(about)) {
        assert(form != LITERAL_NOT); /* who needs it asks for one side */
        if (form == LITERAL_LEAST ? value > about->low : value < about->high)
            vec_push(cube, wide_literal(literals, var, form, value));
        return;
    }
    for (int32_t other = about->low; other <= about->high; other++)
        if (form == LITERAL_NOT ? other == value : form == LITERAL_LEAST ? other < value : other > value)
            vec_push(cube, literals->first[var] + (uint32_t)(other - about->low));
}

void cube_add_exact(struct cube *cube, struct literals *literals, uint32_t var, int32_t value) {
    cube_add(cube, literals, var, LITERAL_LEAST, value);
    cube_add(cube, literals, var, LITERAL_MOST, value);
}

void cube_add_other(struct cube *cube, struct literals *literals, uint32_t var, int32_t value, int32_t here) {
    assert(here != value);
    if (is_narrow(&literals->system->vars.at[var]))
        cube_add(cube, literals, var, LITERAL_NOT, value);
    else if (here > value)
        cube_add(cube, literals, var, LITERAL_LEAST, value + 1);
    else
        cube_add(cube, literals, var, LITERAL_MOST, value - 1);
}

static int compare_literals(const void *one, const void *other) {
    literal_id a = *(const literal_id *)one, b = *(const literal_id *)other;
    return (a > b) - (a < b);
}

void cube_sort(struct cube *cube) {
    size_t kept = 0;
    if (cube->count > 0)
        qsort(cube->at, cube->count, sizeof *cube->at, compare_literals);
    for (size_t i = 0; i < cube->count; i++)
        if (kept == 0 || cube->at[kept - 1] != cube->at[i])
            cube->at[kept++] = cube->at[i];
    cube->count = kept;
}

void cube_copy(struct cube *cube, const struct cube *from) {
    cube->count = 0;
    for (size_t i = 0; i < from->count; i++)
        vec_push(cube, from->at[i]);
}

bool cube_has(const struct cube *cube, const struct literals *literals, const int32_t *state) {
    for (size_t i = 0; i < cube->count; i++)
        if (!literal_is_true(literals, cube->at[i], state))
            return false;
    return true;
}

bool cube_within(const struct cube *inner, const struct cube *outer) {
    size_t at = 0;
    for (size_t i = 0; i < outer->count; i++) {
        while (at < inner->count && inner->at[at] < outer->at[i])
            at++;
        if (at == inner->count || inner->at[at] != outer->at[i])
            return false;
    }
    return true;
}
