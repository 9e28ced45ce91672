#include "vectors/groups.h"

#include "base/hash.h"

#define LAST_BIT 63u

static void add_slot(const struct action *action, uint32_t slot, read_set *reads) {
    size_t count = action->parameters.count + action->choices.count;
    for (size_t i = 0; i < count; i++) {
        const struct binding *binding =
            i < action->parameters.count ? action->parameters.at[i] : action->choices.at[i - action->parameters.count];
        if (binding->slot == slot)
            *reads |= UINT64_C(1) << (i < LAST_BIT ? i : LAST_BIT);
    }
}

void reads_term(const struct action *action, const struct term *term, read_set *reads) {
    if (term == NULL)
        return;
    if (term->op == TERM_LOCAL)
        add_slot(action, term->slot, reads);
    if (term->op == TERM_LET)
        reads_term(action, term->binding->term, reads);
    if (term->op >= TERM_FORALL) {
        reads_term(action, term->domain.set, reads);
        reads_term(action, term->args[1], reads);
    }
    for (size_t i = 0; i < term->arg_count; i++)
        reads_term(action, term->args[i], reads);
}

void reads_effect(const struct action *action, const struct effect *effect, read_set *reads) {
    reads_term(action, effect->target, reads);
    reads_term(action, effect->value, reads);
    reads_term(action, effect->condition, reads);
    if (effect->form == EFFECT_FOR)
        reads_term(action, effect->domain.set, reads);
    for (size_t i = 0; i < effect->body_count; i++)
        reads_effect(action, effect->body[i], reads);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        reads_effect(action, effect->otherwise[i], reads);
}

static bool is_read(read_set reads, size_t binding) { return reads >> (binding < LAST_BIT ? binding : LAST_BIT) & 1; }

/* The items' values, one after the other: a hash of them, or whether they are the same as another item's. */
static uint64_t hash_item(const struct groups *groups, const int32_t *values, const int32_t *other, bool *same) {
    const struct action *action = groups->action;
    uint64_t hash = 0;
    size_t at = 0;
    for (size_t i = 0; i < groups->bindings && groups->reads >> (i < LAST_BIT ? i : LAST_BIT) != 0; i++) {
        const struct binding *binding =
            i < action->parameters.count ? action->parameters.at[i] : action->choices.at[i - action->parameters.count];
        for (uint32_t k = 0; k < binding->width && is_read(groups->reads, i); k++) {
            hash = hash_word(hash ^ (uint32_t)values[at + k]);
            *same = *same && values[at + k] == other[at + k];
        }
        at += binding->width;
    }
    return hash;
}

bool groups_make(struct groups *groups, const struct system *system, const struct action *action, bool with_choices,
                 read_set reads, const uint32_t *arguments, size_t count) {
    if (groups->action == action && groups->reads == reads && groups->group.count == count)
        return false;
    groups->action = action;
    groups->bindings = action->parameters.count + (with_choices ? action->choices.count : 0);
    groups->reads = reads;
    groups->count = groups->group.count = groups->first.count = groups->slots.count = 0;
    size_t slots = 4;
    while (slots < 2 * count)
        slots *= 2;
    for (size_t i = 0; i < slots; i++)
        vec_push(&groups->slots, 0);
    for (size_t i = 0; i < count; i++) {
        const int32_t *values = system->arguments.at + arguments[i];
        bool same = true;
        size_t slot = hash_item(groups, values, values, &same) & (slots - 1);
        for (; groups->slots.at[slot] != 0; slot = (slot + 1) & (slots - 1)) {
            same = true;
            hash_item(groups, values, system->arguments.at + arguments[groups->slots.at[slot] - 1], &same);
            if (same)
                break;
        }
        if (groups->slots.at[slot] == 0) {
            groups->slots.at[slot] = i + 1;
            vec_push(&groups->first, i);
            vec_push(&groups->group, groups->count++);
        } else {
            vec_push(&groups->group, groups->group.at[groups->slots.at[slot] - 1]);
        }
    }
    return true;
}

void groups_clear(struct groups *groups) {
    vec_free(&groups->group);
    vec_free(&groups->first);
    vec_free(&groups->slots);
}
