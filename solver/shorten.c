#include "solver/shorten.h"

#include <stdlib.h>
#include <string.h>

#include "solver/stubborn.h"

enum { REACH_STATES = 2000 }; /* for one look at what can follow */

struct player {
    const struct shorten *wanted;
    const struct system *system;
    struct abstraction *abstraction;
    struct budget budget;
    struct expr_cone cone;
    bool *is_left_out;
    int32_t *state, *next, *end; /* `end`: of the whole run */
};

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* What is left of the run, from the initial state; false if some step of it is not possible. */
static bool play(struct player *player, const struct trace *trace) {
    const struct system *system = player->system;
    for (size_t v = 0; v < system->vars.count; v++)
        player->state[v] = system->vars.at[v].initial;
    for (size_t i = 0; i < trace->steps.count; i++) {
        const struct system_transition *transition = &system->transitions.at[trace->steps.at[i]];
        if (player->is_left_out[i])
            continue;
        expr_cone_value(&player->cone, player->state, NULL);
        if (player->cone.values[transition->guard] == 0)
            return false;
        memcpy(player->next, player->state, system->vars.count * sizeof *player->next);
        for (uint32_t u = 0; u < transition->update_count; u++) {
            const struct system_update *update = &system->updates.at[transition->first_update + u];
            player->next[update->var] = player->cone.values[update->value];
        }
        memcpy(player->state, player->next, system->vars.count * sizeof *player->next);
    }
    expr_cone_value(&player->cone, player->state, NULL);
    return true;
}

static bool is_out_of_reach(struct player *player) {
    struct system from = *player->system;
    if (player->wanted->out_of_reach == EXPR_FALSE)
        return true;
    from.vars.at = memory_resize(NULL, (from.vars.count + 1) * sizeof *from.vars.at);
    memcpy(from.vars.at, player->system->vars.at, from.vars.count * sizeof *from.vars.at);
    for (size_t v = 0; v < from.vars.count; v++)
        from.vars.at[v].initial = player->state[v];
    struct stubborn_search search = {.goal = player->wanted->out_of_reach, .fine = EXPR_TRUE, .is_deep = true};
    enum stubborn_end end = stubborn_run(&search, &from, player->abstraction, &player->budget);
    vec_free(&search.trace.steps);
    free(from.vars.at);
    return end == STUBBORN_NOTHING;
}

static bool ends_alike(struct player *player) {
    bool alike = player->cone.values[player->wanted->goal] != 0;
    for (size_t i = 0; i < player->wanted->kept_count && alike; i++)
        alike = player->state[player->wanted->kept[i]] == player->end[player->wanted->kept[i]];
    return alike && is_out_of_reach(player);
}

static void player_init(struct player *player, const struct trace *trace) {
    const struct system *system = player->system;
    VEC(expr_id) roots = {0};
    vec_push(&roots, player->wanted->goal);
    for (size_t i = 0; i < trace->steps.count; i++) {
        const struct system_transition *transition = &system->transitions.at[trace->steps.at[i]];
        vec_push(&roots, transition->guard);
        for (uint32_t u = 0; u < transition->update_count; u++)
            vec_push(&roots, system->updates.at[transition->first_update + u].value);
    }
    expr_cone_init_all(&player->cone, &system->exprs, roots.at, roots.count);
    vec_free(&roots);
    player->is_left_out = zeroed(trace->steps.count, 1);
    player->state = zeroed(system->vars.count, sizeof *player->state);
    player->next = zeroed(system->vars.count, sizeof *player->next);
    player->end = zeroed(system->vars.count, sizeof *player->end);
}

static void player_clear(struct player *player) {
    expr_cone_clear(&player->cone);
    free(player->is_left_out);
    free(player->state);
    free(player->next);
    free(player->end);
}

void shorten_run(const struct shorten *wanted, const struct system *system, struct abstraction *abstraction,
                 const struct budget *budget, struct trace *trace) {
    struct player player = {.wanted = wanted, .system = system, .abstraction = abstraction, .budget = *budget};
    if (player.budget.max_states == 0 || player.budget.max_states > REACH_STATES)
        player.budget.max_states = REACH_STATES;
    player_init(&player, trace);
    bool shorter = play(&player, trace);
    memcpy(player.end, player.state, system->vars.count * sizeof *player.end);
    while (shorter) {
        shorter = false;
        for (size_t i = trace->steps.count; i-- > 0;) {
            if (player.is_left_out[i] || (wanted->is_needed != NULL && wanted->is_needed[i]))
                continue;
            player.is_left_out[i] = true;
            bool good = play(&player, trace) && ends_alike(&player);
            player.is_left_out[i] = good;
            shorter = shorter || good;
        }
    }
    size_t count = 0;
    for (size_t i = 0; i < trace->steps.count; i++)
        if (!player.is_left_out[i])
            trace->steps.at[count++] = trace->steps.at[i];
    trace->steps.count = count;
    trace->recovery = count;
    player_clear(&player);
}
