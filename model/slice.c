#include "model/slice.h"

#include <stdlib.h>

struct slicer {
    struct slice *slice;
    bool changed;
    VEC(const struct definition *) visited; /* what they read is kept already */
};

static bool is_visited(struct slicer *slicer, const struct definition *definition) {
    for (size_t i = 0; i < slicer->visited.count; i++)
        if (slicer->visited.at[i] == definition)
            return true;
    vec_push(&slicer->visited, definition);
    return false;
}

static void keep_term(struct slicer *slicer, const struct term *term);

static void keep_domain(struct slicer *slicer, const struct domain *domain) {
    if (domain->set != NULL)
        keep_term(slicer, domain->set);
}

static void keep_term(struct slicer *slicer, const struct term *term) {
    if (term == NULL)
        return;
    if (term->op == TERM_FIELD && !slicer->slice->fields[term->field->index]) {
        slicer->slice->fields[term->field->index] = true;
        slicer->changed = true;
    }
    if (term->op == TERM_CALL && !is_visited(slicer, term->definition))
        keep_term(slicer, term->definition->body);
    if (term->op == TERM_LET)
        keep_term(slicer, term->binding->term);
    bool binder = term->op >= TERM_FORALL;
    if (binder) {
        keep_domain(slicer, &term->domain);
        keep_term(slicer, term->args[1]);
    }
    for (size_t i = 0; i < term->arg_count; i++)
        keep_term(slicer, term->args[i]);
}

bool slice_keeps(const struct slice *slice, const struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *place = effect->target->op == TERM_INDEX ? effect->target->args[0] : effect->target;
        return slice->fields[place->field->index];
    }
    for (size_t i = 0; i < effect->body_count; i++)
        if (slice_keeps(slice, effect->body[i]))
            return true;
    for (size_t i = 0; i < effect->otherwise_count; i++)
        if (slice_keeps(slice, effect->otherwise[i]))
            return true;
    return false;
}

static void keep_effect(struct slicer *slicer, const struct effect *effect) {
    if (!slice_keeps(slicer->slice, effect))
        return;
    if (effect->form == EFFECT_ASSIGN) {
        keep_term(slicer, effect->target);
        keep_term(slicer, effect->value);
        return;
    }
    keep_term(slicer, effect->condition);
    if (effect->form == EFFECT_FOR)
        keep_domain(slicer, &effect->domain);
    for (size_t i = 0; i < effect->body_count; i++)
        keep_effect(slicer, effect->body[i]);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        keep_effect(slicer, effect->otherwise[i]);
}

static void keep_action(struct slicer *slicer, const struct action *action) {
    bool kept = slicer->slice->actions[action->index];
    for (size_t i = 0; i < action->effects.count && !kept; i++)
        kept = slice_keeps(slicer->slice, action->effects.at[i].effect);
    if (!kept)
        return;
    if (!slicer->slice->actions[action->index]) {
        slicer->slice->actions[action->index] = true;
        slicer->changed = true;
    }
    keep_term(slicer, action->where);
    keep_term(slicer, action->when);
    keep_term(slicer, action->allow);
    for (size_t i = 0; i < action->checks.count; i++)
        keep_term(slicer, action->checks.at[i].require);
    for (size_t i = 0; i < action->choices.count; i++)
        keep_term(slicer, action->choices.at[i]->term);
    for (size_t i = 0; i < action->effects.count; i++)
        keep_effect(slicer, action->effects.at[i].effect);
}

static void note_assigned(struct slice *slice, const struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *place = effect->target->op == TERM_INDEX ? effect->target->args[0] : effect->target;
        slice->fixed[place->field->index] = false;
        return;
    }
    for (size_t i = 0; i < effect->body_count; i++)
        note_assigned(slice, effect->body[i]);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        note_assigned(slice, effect->otherwise[i]);
}

static void find_fixed(struct slice *slice, const struct rulebook *rulebook) {
    for (uint32_t i = 0; i < rulebook->field_count; i++)
        slice->fixed[i] = true;
    for (size_t a = 0; a < rulebook->actions.count; a++)
        for (size_t i = 0; rulebook->actions.at[a]->is_allowed && i < rulebook->actions.at[a]->effects.count; i++)
            note_assigned(slice, rulebook->actions.at[a]->effects.at[i].effect);
}

void slice_init(struct slice *slice, const struct rulebook *rulebook, const struct property *const *properties,
                size_t count, bool everything) {
    *slice = (struct slice){0};
    slice->fields = calloc(rulebook->field_count + 1, sizeof *slice->fields);
    slice->fixed = calloc(rulebook->field_count + 1, sizeof *slice->fixed);
    slice->actions = calloc(rulebook->actions.count + 1, sizeof *slice->actions);
    if (slice->fields == NULL || slice->fixed == NULL || slice->actions == NULL)
        out_of_memory(rulebook->field_count);
    struct slicer slicer = {.slice = slice};
    for (size_t i = 0; i < count; i++) {
        enum property_form form = properties[i]->form;
        everything = everything || form == PROPERTY_DEADLOCK_FREE || form == PROPERTY_LIVE || form == PROPERTY_STEP ||
                     form == PROPERTY_PLAN ||
                     (form == PROPERTY_LEADS_TO && properties[i]->within_term != NULL); /* every call counts */
        keep_term(&slicer, properties[i]->term);
        keep_term(&slicer, properties[i]->from);
    }
    for (uint32_t i = 0; everything && i < rulebook->field_count; i++)
        slice->fields[i] = true;
    for (size_t i = 0; everything && i < rulebook->actions.count; i++)
        slice->actions[i] = rulebook->actions.at[i]->is_allowed;
    do {
        slicer.changed = false;
        for (size_t i = 0; i < rulebook->actions.count; i++)
            if (rulebook->actions.at[i]->is_allowed)
                keep_action(&slicer, rulebook->actions.at[i]);
    } while (slicer.changed);
    vec_free(&slicer.visited);
    find_fixed(slice, rulebook);
    for (size_t k = 0; k < rulebook->kinds.count; k++)
        for (size_t f = 0; f < rulebook->kinds.at[k]->fields.count; f++) {
            const struct field *field = rulebook->kinds.at[k]->fields.at[f];
            slice->dropped_fields += slice_drops(slice, field);
        }
    for (size_t i = 0; i < rulebook->actions.count; i++)
        slice->dropped_actions += rulebook->actions.at[i]->is_allowed && !slice->actions[i];
}

bool slice_drops(const struct slice *slice, const struct field *field) {
    return !field->is_constant && !slice->fields[field->index] && !slice->fixed[field->index];
}

void slice_clear(struct slice *slice) {
    free(slice->fields);
    free(slice->fixed);
    free(slice->actions);
    *slice = (struct slice){0};
}
