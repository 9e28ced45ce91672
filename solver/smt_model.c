/* Reading the model that an answer SMT_SAT comes with. */
#include "solver/smt_internal.h"

#include <assert.h>

static bool model_flag(struct smt *smt, Z3_ast flag) {
    Z3_ast value = NULL;
    assert(smt->model != NULL);
    if (smt->failed || !Z3_model_eval(smt->context, smt->model, flag, true, &value) || !smt_is_fine(smt))
        return false;
    Z3_inc_ref(smt->context, value);
    bool result = Z3_get_bool_value(smt->context, value) == Z3_L_TRUE;
    Z3_dec_ref(smt->context, value);
    return result;
}

static int32_t model_bits(struct smt *smt, const struct number *number) {
    Z3_ast value = NULL;
    unsigned bits = 0;
    if (smt->failed || !Z3_model_eval(smt->context, smt->model, number->bits, true, &value) || !smt_is_fine(smt))
        return number->low;
    Z3_inc_ref(smt->context, value);
    Z3_get_numeral_uint(smt->context, value, &bits);
    Z3_dec_ref(smt->context, value);
    smt_is_fine(smt);
    int64_t wide = bits;
    if (wide >> (number->width - 1) != 0)
        wide -= (int64_t)1 << number->width;
    return (int32_t)wide;
}

static int32_t model_number(struct smt *smt, const struct number *number) {
    if (number->cases == NULL)
        return model_bits(smt, number);
    for (int32_t v = number->low; v < number->high; v++)
        if (model_flag(smt, number->cases[v - number->low]))
            return v;
    return number->high;
}

static int32_t model_value(struct smt *smt, struct meaning meaning) {
    if (meaning.flag != NULL)
        return model_flag(smt, meaning.flag);
    return model_number(smt, meaning.number);
}

bool smt_is_true(struct smt *smt, smt_lit lit) { return model_flag(smt, smt->lits.at[lit]); }

int32_t smt_value(struct smt *smt, uint32_t frame, expr_id id) {
    struct meaning meaning = smt_translate(smt, frame, id);
    return smt->failed ? 0 : model_value(smt, meaning);
}

void smt_state(struct smt *smt, uint32_t frame, int32_t *state) {
    for (uint32_t var = 0; var < smt->system->vars.count; var++)
        state[var] = model_value(smt, smt_var(smt, frame, var));
}
