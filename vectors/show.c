#include "vectors/show.h"

#include <string.h>

#include "model/print.h"

/* What a step showed before: the same step in the same state shows the same. */
struct memo {
    uint64_t hash;
    const int32_t *state;
    const struct vector_step *step;
    const uint8_t *shows; /* of the goals of its action, in order */
};

struct player {
    struct suite *suite;
    struct evaluator evaluator;
    size_t width;
    transition_id *first; /* by call: its first transition; one more at the end */
    uint32_t *first_call; /* by action->index; those of one action lie together */
    uint32_t *end_call;
    bool counts_last; /* UNHURT: a failure before the step is to be added */
    int32_t *next, *other;
    VEC(int32_t) successors; /* of the call that is looked at, as the rulebook has them */
    VEC(struct memo) memos;
    VEC(uint32_t) slots; /* memo + 1; 0: empty */
};

struct player *player_new(struct suite *suite) {
    const struct system *system = suite->system;
    struct player *player = memory_resize(NULL, sizeof *player);
    *player = (struct player){.suite = suite, .width = system->rulebook->state_width};
    size_t actions = system->rulebook->actions.count;
    evaluator_init(&player->evaluator, system->rulebook);
    player->next = memory_resize(NULL, (player->width + 1) * sizeof *player->next);
    player->other = memory_resize(NULL, (player->width + 1) * sizeof *player->other);
    player->first = memory_resize(NULL, (system->calls.count + 1) * sizeof *player->first);
    player->first_call = memory_resize(NULL, (actions + 1) * sizeof *player->first_call);
    player->end_call = memory_resize(NULL, (actions + 1) * sizeof *player->end_call);
    memset(player->first_call, 0, (actions + 1) * sizeof *player->first_call);
    memset(player->end_call, 0, (actions + 1) * sizeof *player->end_call);
    transition_id t = 0;
    for (uint32_t c = 0; c < system->calls.count; c++) {
        uint32_t action = system->calls.at[c].action->index;
        if (player->end_call[action] == 0)
            player->first_call[action] = c;
        player->end_call[action] = c + 1;
        player->first[c] = t;
        while (t < system->transitions.count && system->transitions.at[t].call == c)
            t++;
    }
    player->first[system->calls.count] = t;
    return player;
}

void player_free(struct player *player) {
    if (player == NULL)
        return;
    evaluator_clear(&player->evaluator);
    free(player->next);
    free(player->other);
    free(player->first);
    free(player->first_call);
    free(player->end_call);
    vec_free(&player->successors);
    vec_free(&player->memos);
    vec_free(&player->slots);
    free(player);
}

static const int32_t *arguments_of(const struct player *player, transition_id t) {
    const struct system *system = player->suite->system;
    return system->arguments.at + system->transitions.at[t].arguments;
}

static const int32_t *call_arguments(const struct player *player, uint32_t call) {
    const struct system *system = player->suite->system;
    return system->arguments.at + system->calls.at[call].arguments;
}

static uint32_t find_call(const struct player *player, const struct vector_step *step) {
    size_t bytes = action_width(step->action, false) * sizeof(int32_t);
    uint32_t call = player->first_call[step->action->index];
    while (call < player->end_call[step->action->index] && bytes > 0 &&
           memcmp(call_arguments(player, call), step->arguments, bytes) != 0)
        call++;
    return call;
}

/* ---- responses ---- */

static void add_also(struct suite *suite, struct vector_step *step, const char *code, size_t room) {
    if (strcmp(code, step->action->checks.at[step->failed].codes[0]) == 0)
        return;
    for (size_t i = 0; i < step->also_count; i++)
        if (strcmp(step->also[i], code) == 0)
            return;
    if (step->also == NULL)
        step->also = arena_alloc(&suite->arena, room * sizeof *step->also);
    step->also[step->also_count++] = code;
}

/* The other codes of the failing check, and those of later failing checks whose place in the order is a guess and which
 * do not depend on it. */
static void find_also(struct player *player, struct vector_step *step, const int32_t *state) {
    const struct action *action = step->action;
    const struct dependence *dependence = &player->suite->goals.dependence;
    size_t room = 0;
    for (size_t k = 0; k < action->checks.count; k++)
        room += action->checks.at[k].code_count;
    step->also = NULL;
    step->also_count = 0;
    for (size_t k = step->failed; k < action->checks.count; k++) {
        const struct check *check = &action->checks.at[k];
        bool counts =
            k == step->failed || (check->order == ORDER_ASSUMED && !is_dependent(dependence, action, step->failed, k) &&
                                  eval_check(&player->evaluator, action, k, step->arguments, state) == EVAL_ERROR);
        for (size_t i = 0; counts && i < check->code_count; i++)
            add_also(player->suite, step, check->codes[i], room);
    }
}

static bool is_accepted(const struct vector_step *step, const char *code) {
    if (strcmp(step->action->checks.at[step->failed].codes[0], code) == 0)
        return true;
    for (size_t i = 0; i < step->also_count; i++)
        if (strcmp(step->also[i], code) == 0)
            return true;
    return false;
}

/* Does another check fail?  One that depends on the failing one, or has no meaning here, does not count. */
static bool fails_alone(struct player *player, const struct vector_step *step, const int32_t *state) {
    const struct action *action = step->action;
    for (size_t k = 0; k < action->checks.count; k++)
        if (k != step->failed && !is_dependent(&player->suite->goals.dependence, action, step->failed, k) &&
            eval_check(&player->evaluator, action, k, step->arguments, state) == EVAL_ERROR)
            return false;
    return true;
}

/* ---- mutants ---- */

/* The rulebook's states after the call. */
static void find_successors(struct player *player, uint32_t call, const int32_t *state) {
    player->successors.count = 0;
    for (transition_id t = player->first[call]; t < player->first[call + 1]; t++) {
        const struct action *action = player->suite->system->calls.at[call].action;
        if (eval_step(&player->evaluator, action, arguments_of(player, t), true, state, player->other) != EVAL_OK)
            continue;
        for (size_t i = 0; i < player->width; i++)
            vec_push(&player->successors, player->other[i]);
    }
}

static bool is_successor(const struct player *player, const int32_t *state) {
    size_t count = player->width == 0 ? 0 : player->successors.count / player->width;
    for (size_t i = 0; i < count; i++)
        if (memcmp(player->successors.at + i * player->width, state, player->width * sizeof *state) == 0)
            return true;
    return false;
}

/* The mutant is in place.  Both answer ok: does it lead elsewhere, whatever is chosen? */
static enum shown shows_elsewhere(struct player *player, uint32_t call, const int32_t *state) {
    const struct action *action = player->suite->system->calls.at[call].action;
    enum shown shown = SHOWN_NOT;
    bool is_weak = false;
    for (transition_id t = player->first[call]; t < player->first[call + 1]; t++)
        switch (eval_step(&player->evaluator, action, arguments_of(player, t), true, state, player->other)) {
        case EVAL_OK:
            if (is_successor(player, player->other))
                return SHOWN_NOT;
            shown = SHOWN;
            break;
        case EVAL_BROKEN:
            is_weak = true;
            break;
        case EVAL_ERROR:
        case EVAL_DISABLED:
            break;
        }
    return is_weak ? SHOWN_WEAK : shown;
}

static enum shown shows_wrong_code(const struct player *player, const struct vector_step *step) {
    const struct check *check = &step->action->checks.at[player->evaluator.failed_check];
    for (size_t i = 0; i < check->code_count; i++)
        if (is_accepted(step, check->codes[i]))
            return SHOWN_NOT;
    return SHOWN;
}

static enum shown shows_mutant(struct player *player, struct mutant *mutant, const struct vector_step *step,
                               uint32_t call, const int32_t *state) {
    bool ok = step->failed == STEP_OK;
    enum shown shown = SHOWN_NOT;
    struct vector_step before = *step;
    const struct check *check = ok ? NULL : &step->action->checks.at[step->failed];
    const char *code = ok ? NULL : check->codes[0];
    player->suite->evaluations++;
    mutant_toggle(mutant);
    enum eval_outcome outcome =
        eval_step(&player->evaluator, step->action, step->arguments, false, state, player->other);
    if (outcome == EVAL_BROKEN)
        shown = SHOWN_WEAK;
    else if (outcome == EVAL_OK && ok)
        shown = mutant->part == MUTANT_CHECK ? SHOWN_NOT : shows_elsewhere(player, call, state);
    else if (outcome == EVAL_OK)
        shown = SHOWN;
    else if (outcome == EVAL_ERROR && ok)
        shown = SHOWN;
    else if (outcome == EVAL_ERROR && check->codes[0] == code)
        shown = shows_wrong_code(player, &before);
    else if (outcome == EVAL_ERROR) { /* this check's codes are changed */
        const struct check *answer = &step->action->checks.at[player->evaluator.failed_check];
        shown = SHOWN;
        for (size_t i = 0; i < answer->code_count; i++) {
            bool right = strcmp(answer->codes[i], code) == 0;
            for (size_t j = 0; j < step->also_count; j++)
                right = right || strcmp(answer->codes[i], step->also[j]) == 0;
            if (right)
                shown = SHOWN_NOT;
        }
    }
    mutant_toggle(mutant);
    return shown;
}

/* ---- goals ---- */

/* The check is asked, and the two sides of the comparison are so far apart. */
static bool is_at_boundary(struct player *player, const struct goal *goal, const struct vector_step *step,
                           const int32_t *state) {
    if (step->failed != STEP_OK && step->failed < goal->check)
        return false;
    struct mutant *in_place = &player->suite->goals.mutants.at[goal->mutant];
    mutant_toggle(in_place);
    bool holds = eval_check(&player->evaluator, step->action, goal->check, step->arguments, state) == EVAL_OK;
    mutant_toggle(in_place);
    return holds;
}

/* Everything but REPEATED, which is about two steps. */
static enum shown shows_goal(struct player *player, size_t index, const struct vector_step *step, uint32_t call,
                             const int32_t *state, const int32_t *next) {
    const struct goal *goal = &player->suite->goals.list.at[index];
    bool ok = step->failed == STEP_OK, yes = false;
    switch (goal->form) {
    case GOAL_OK:
        yes = ok;
        break;
    case GOAL_FIRST:
        yes = goal->check == step->failed;
        break;
    case GOAL_ALONE:
        yes = goal->check == step->failed && fails_alone(player, step, state);
        break;
    case GOAL_CODE:
        yes = !ok && strcmp(step->action->checks.at[step->failed].codes[0], goal->code) == 0;
        break;
    case GOAL_BOUNDARY:
        yes = is_at_boundary(player, goal, step, state);
        break;
    case GOAL_ARGUMENT:
        yes = (ok || !goal->succeeds) && goal_has_argument(goal, step->arguments);
        break;
    case GOAL_NO_CHANGE:
        yes = ok && memcmp(state, next, player->width * sizeof *state) == 0;
        break;
    case GOAL_REPEATED:
        break;
    case GOAL_UNHURT: /* about two steps; the last one is this */
        yes = ok && player->counts_last;
        break;
    case GOAL_ATOM:
    case GOAL_EFFECT:
    case GOAL_MUTANT:
        return shows_mutant(player, &player->suite->goals.mutants.at[goal->mutant], step, call, state);
    case GOAL_FORMS:
        break;
    }
    return yes ? SHOWN : SHOWN_NOT;
}

static uint64_t hash_step(const struct player *player, const struct vector_step *step, const int32_t *state) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ step->action->index;
    size_t width = action_width(step->action, step->failed == STEP_OK);
    for (size_t i = 0; i < player->width; i++)
        hash = (hash ^ (uint32_t)state[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < width; i++)
        hash = (hash ^ (uint32_t)step->arguments[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    return hash * UINT64_C(0x9E3779B97F4A7C15);
}

static bool is_same_step(const struct player *player, const struct memo *memo, const struct vector_step *step,
                         const int32_t *state) {
    size_t width = action_width(step->action, step->failed == STEP_OK);
    return memo->step->action == step->action && memo->step->failed == step->failed &&
           (width == 0 || memcmp(memo->step->arguments, step->arguments, width * sizeof *state) == 0) &&
           memcmp(memo->state, state, player->width * sizeof *state) == 0;
}

static void grow(struct player *player) {
    size_t count = player->slots.count == 0 ? 64 : 2 * player->slots.count;
    player->slots.count = 0;
    for (size_t i = 0; i < count; i++)
        vec_push(&player->slots, 0);
    for (uint32_t m = 0; m < player->memos.count; m++) {
        size_t slot = player->memos.at[m].hash & (count - 1);
        while (player->slots.at[slot] != 0)
            slot = (slot + 1) & (count - 1);
        player->slots.at[slot] = m + 1;
    }
}

/* What the step shows of the goals of its action. */
static const uint8_t *recall(struct player *player, const struct vector_step *step, const int32_t *state,
                             const int32_t *next) {
    struct suite *suite = player->suite;
    if (2 * (player->memos.count + 1) > player->slots.count)
        grow(player);
    struct memo memo = {.hash = hash_step(player, step, state)};
    size_t mask = player->slots.count - 1, slot = memo.hash & mask;
    for (; player->slots.at[slot] != 0; slot = (slot + 1) & mask) {
        const struct memo *known = &player->memos.at[player->slots.at[slot] - 1];
        if (known->hash == memo.hash && is_same_step(player, known, step, state))
            return known->shows;
    }
    size_t first = suite->goals.first[step->action->index], end = suite->goals.end[step->action->index];
    uint8_t *shows = arena_alloc(&suite->arena, end - first + 1);
    uint32_t call = find_call(player, step);
    if (step->failed == STEP_OK)
        find_successors(player, call, state);
    for (size_t g = first; g < end; g++)
        shows[g - first] = (uint8_t)shows_goal(player, g, step, call, state, next);
    memo.state = arena_copy(&suite->arena, state, (player->width + 1) * sizeof *state);
    memo.step = arena_copy(&suite->arena, step, sizeof *step);
    memo.shows = shows;
    vec_push(&player->memos, memo);
    player->slots.at[slot] = (uint32_t)player->memos.count;
    return shows;
}

static bool is_repeated(const struct vector_step *step, const struct vector_step *before) {
    return before != NULL && step->action == before->action && step->action->by == BY_CLIENT &&
           before->failed == STEP_OK &&
           (action_width(step->action, false) == 0 ||
            memcmp(step->arguments, before->arguments, action_width(step->action, false) * sizeof(int32_t)) == 0);
}

static bool is_unhurt(const struct vector *vector, size_t number) {
    const struct vector_step *step = &vector->steps.at[number];
    return number > 0 && step->failed == STEP_OK && step[-1].failed != STEP_OK && step->action == step[-1].action;
}

void player_look(struct player *player, const struct vector_step *step, const struct vector_step *before,
                 const int32_t *state, const int32_t *next, const bool *wanted, uint8_t *shows) {
    const struct goals *goals = &player->suite->goals;
    struct vector_step answer = *step; /* find_also() writes */
    bool repeats = is_repeated(step, before), is_ready = false;
    uint32_t call = 0;
    for (size_t g = goals->first[step->action->index]; g < goals->end[step->action->index]; g++) {
        if (!wanted[g] || shows[g] == SHOWN)
            continue;
        if (!is_ready) {
            call = find_call(player, step);
            if (step->failed == STEP_OK)
                find_successors(player, call, state);
            else
                find_also(player, &answer, state);
            is_ready = true;
        }
        enum shown shown = goals->list.at[g].form == GOAL_REPEATED && repeats
                               ? SHOWN
                               : shows_goal(player, g, &answer, call, state, next);
        if (shown > shows[g])
            shows[g] = (uint8_t)shown;
    }
}

/* ---- playing ---- */

/* The state after a step, or false if the step does not go as it says. */
static bool play_step(struct player *player, const struct vector_step *step, const int32_t *state, int32_t *next) {
    bool ok = step->failed == STEP_OK;
    enum eval_outcome outcome = eval_step(&player->evaluator, step->action, step->arguments, ok, state, next);
    if (ok)
        return outcome == EVAL_OK;
    memcpy(next, state, player->width * sizeof *next);
    return outcome == EVAL_ERROR && player->evaluator.failed_check == step->failed;
}

bool player_answers(struct player *player, const struct vector_step *step, const int32_t *state) {
    return play_step(player, step, state, player->other);
}

static bool is_low(const struct origin *origin) { return origin != NULL && origin->confidence == CONFIDENCE_LOW; }

/* A rule of low confidence that, left out, would make a difference here. */
static bool rests_on_low(const struct suite *suite, const struct vector_step *step, const uint8_t *shows) {
    const struct goals *goals = &suite->goals;
    size_t first = goals->first[step->action->index], end = goals->end[step->action->index];
    for (size_t g = first; g < end; g++) {
        const struct goal *goal = &goals->list.at[g];
        if (goal_is_mutant(goal) && goals->mutants.at[goal->mutant].mutation == MUTATION_DROP &&
            shows[g - first] != SHOWN_NOT && is_low(goal_origin(goals, goal)))
            return true;
    }
    return step->failed != STEP_OK && is_low(&step->action->checks.at[step->failed].origin);
}

static void note_shown(struct player *player, struct vector *vector, size_t number, const int32_t *state) {
    struct goals *goals = &player->suite->goals;
    const struct vector_step *step = &vector->steps.at[number];
    size_t first = goals->first[step->action->index], end = goals->end[step->action->index];
    const uint8_t *shows = recall(player, step, state, state + player->width);
    for (size_t g = first; g < end; g++)
        if (shows[g - first] > vector->shows[g])
            vector->shows[g] = shows[g - first];
    for (size_t g = first; g < end && is_repeated(step, number == 0 ? NULL : step - 1); g++)
        if (goals->list.at[g].form == GOAL_REPEATED)
            vector->shows[g] = SHOWN;
    bool needs = step->action->origin.capability != NULL ||
                 (step->failed != STEP_OK && step->action->checks.at[step->failed].origin.capability != NULL);
    if (needs && vector->level == LEVEL_CORE)
        vector->level = LEVEL_EXTENDED;
    for (size_t g = first; g < end && is_unhurt(vector, number); g++)
        if (goals->list.at[g].form == GOAL_UNHURT)
            vector->shows[g] = SHOWN;
    if (rests_on_low(player->suite, step, shows))
        vector->level = LEVEL_QUIRK;
}

bool player_step(struct player *player, struct vector *vector, size_t number, const int32_t *state, int32_t *next) {
    struct vector_step *step = &vector->steps.at[number];
    if (!play_step(player, step, state, next))
        return false;
    if (step->failed != STEP_OK)
        find_also(player, step, state);
    note_shown(player, vector, number, state);
    return true;
}

bool player_play(struct player *player, struct vector *vector, const char **problem) {
    struct suite *suite = player->suite;
    struct rulebook *rulebook = suite->system->rulebook;
    size_t width = player->width;
    int32_t *states = arena_alloc(&suite->arena, ((vector->steps.count + 1) * width + 1) * sizeof *states);
    vector->shows = arena_alloc(&suite->arena, suite->goals.list.count + 1);
    vector->states = states;
    vector->level = LEVEL_CORE;
    bool good = eval_initial(&player->evaluator, states);
    for (size_t i = 0; i < vector->steps.count && good; i++, states += width) {
        good = player_step(player, vector, i, states, states + width);
        if (!good) {
            const char *path = "";
            for (size_t j = 0; j <= i; j++)
                path = arena_format(&suite->arena, "%s%s%s", path, j == 0 ? "" : "; ",
                                    print_call(rulebook, vector->steps.at[j].action, vector->steps.at[j].arguments,
                                               vector->steps.at[j].failed == STEP_OK));
            *problem = arena_format(&suite->arena, "the last step does not go as expected: %s", path);
        }
    }
    return good;
}

bool suite_play(struct suite *suite, struct vector *vector, const char **problem) {
    struct player *player = player_new(suite);
    bool good = player_play(player, vector, problem);
    player_free(player);
    return good;
}

/* ---- the last step: smallest arguments ---- */

/* What the call does in this state: its error, or the first success that changes something, or any.  False if neither.
 */
static bool answer_call(struct player *player, uint32_t call, const int32_t *state, struct vector_step *step) {
    const struct action *action = player->suite->system->calls.at[call].action;
    *step = (struct vector_step){.action = action, .arguments = call_arguments(player, call), .failed = STEP_OK};
    enum eval_outcome outcome = eval_step(&player->evaluator, action, step->arguments, false, state, NULL);
    if (outcome == EVAL_ERROR) {
        step->failed = player->evaluator.failed_check;
        memcpy(player->next, state, player->width * sizeof *state);
        return true;
    }
    bool found = false, changes = false;
    for (transition_id t = player->first[call]; outcome == EVAL_OK && t < player->first[call + 1] && !changes; t++) {
        const int32_t *arguments = arguments_of(player, t);
        if (eval_step(&player->evaluator, action, arguments, true, state, player->other) != EVAL_OK)
            continue;
        changes = memcmp(state, player->other, player->width * sizeof *state) != 0;
        if (!found || changes) {
            step->arguments = arguments;
            memcpy(player->next, player->other, player->width * sizeof *state);
        }
        found = true;
    }
    return found;
}

bool player_choose(struct player *player, size_t index, const int32_t *state, struct vector_step *step) {
    struct suite *suite = player->suite;
    const struct goal *goal = &suite->goals.list.at[index];
    unsigned best = 0;
    player->counts_last = goal->form == GOAL_UNHURT;
    for (uint32_t call = player->first_call[goal->action->index];
         call < player->end_call[goal->action->index] && best < 7; call++) {
        struct vector_step candidate;
        if (!answer_call(player, call, state, &candidate))
            continue;
        bool ok = candidate.failed == STEP_OK;
        if (ok)
            find_successors(player, call, state);
        else
            find_also(player, &candidate, state);
        struct vector_step again;
        enum shown shown = goal->form == GOAL_REPEATED
                               ? (ok && player_repeat(player, &candidate, state, &again) ? SHOWN : SHOWN_NOT)
                               : shows_goal(player, index, &candidate, call, state, player->next);
        if (shown == SHOWN_NOT)
            continue;
        bool is_clear = ok ? memcmp(state, player->next, player->width * sizeof *state) != 0
                           : fails_alone(player, &candidate, state);
        bool is_firm = ok || !is_low(&candidate.action->checks.at[candidate.failed].origin);
        unsigned rank = (shown == SHOWN ? 4u : 0) + (is_firm ? 2u : 0) + (is_clear ? 1u : 0);
        if (goal->form == GOAL_NO_CHANGE)
            rank |= 1;
        if (rank + 1 > best) {
            best = rank + 1;
            *step = candidate;
        }
        if (rank == 7)
            break;
    }
    player->counts_last = false;
    return best > 0;
}

bool player_fail(struct player *player, const struct action *action, const int32_t *state, struct vector_step *step) {
    for (uint32_t call = player->first_call[action->index]; call < player->end_call[action->index]; call++)
        if (answer_call(player, call, state, step) && step->failed != STEP_OK &&
            !is_low(&action->checks.at[step->failed].origin) && fails_alone(player, step, state))
            return true;
    for (uint32_t call = player->first_call[action->index]; call < player->end_call[action->index]; call++)
        if (answer_call(player, call, state, step) && step->failed != STEP_OK)
            return true;
    return false;
}

bool player_repeat(struct player *player, const struct vector_step *step, const int32_t *state,
                   struct vector_step *again) {
    int32_t *after = memory_resize(NULL, (player->width + 1) * sizeof *after);
    bool good = eval_step(&player->evaluator, step->action, step->arguments, true, state, after) == EVAL_OK &&
                answer_call(player, find_call(player, step), after, again);
    free(after);
    return good;
}
