#include "vectors/merge.h"

#include <string.h>

#include "vectors/show.h"
#include "vectors/words.h"

enum { JOIN_MOST = 2, STEPS_MOST = 6 };

/* What not every implementation offers, besides capabilities: a number that is so small, waiting. */
struct demands {
    const struct check *number; /* NULL: none; of several the last */
    bool is_restless;
};

static bool demand_the_same(const struct demands *a, const struct demands *b) {
    return a->number == b->number && a->is_restless == b->is_restless;
}

struct merger {
    struct suite_set *set;
    size_t *times[LEVELS]; /* by goal of the set: how many vectors of this level and the ones before show it */
    size_t number;         /* of the suite at hand */
    struct suite *suite;
    struct player *player;
    size_t width;
    VEC(unsigned) joined; /* by vector: calls that joined it */
    VEC(struct demands) demands;
    VEC(bool) is_gone;
};

static bool shows(const struct merger *merger, const struct vector *vector, size_t goal) {
    return set_goal_is_shown(merger->set, merger->number, vector, goal);
}

static void count(struct merger *merger, const struct vector *vector, bool add) {
    for (size_t g = 0; g < merger->suite->goals.list.count; g++)
        for (size_t level = vector->level; level < LEVELS && shows(merger, vector, g); level++)
            merger->times[level][merger->set->numbers.at[merger->number][g]] += add ? 1 : SIZE_MAX;
}

/* Do the others show what these two did and the new one does not?  With `one` NULL: what `two` did. */
static bool others_show(const struct merger *merger, const struct vector *one, const struct vector *two,
                        const struct vector *now) {
    const size_t *times = merger->times[two->level];
    for (size_t g = 0; g < merger->suite->goals.list.count; g++) {
        size_t known = (size_t)shows(merger, two, g) + (one != NULL && shows(merger, one, g));
        bool still = now != NULL && shows(merger, now, g);
        if (known > 0 && !still && times[merger->set->numbers.at[merger->number][g]] <= known)
            return false;
    }
    return true;
}

/* Where the vector passes through this state before a step; SIZE_MAX: nowhere. */
static size_t find_state(const struct merger *merger, const struct vector *vector, const int32_t *state) {
    for (size_t i = 0; i < vector->steps.count; i++)
        if (memcmp(vector->states + i * merger->width, state, merger->width * sizeof *state) == 0)
            return i;
    return SIZE_MAX;
}

static const char *needs(const struct vector *vector, size_t step) {
    const struct vector_step *at = &vector->steps.at[step];
    return at->failed != STEP_OK && at->action->checks.at[at->failed].origin.capability != NULL
               ? at->action->checks.at[at->failed].origin.capability
               : at->action->origin.capability;
}

/* Does the vector need this capability already?  NULL: none is needed. */
static bool has_capability(const struct vector *vector, const char *capability) {
    bool found = capability == NULL;
    for (size_t i = 0; i < vector->steps.count && !found; i++)
        found = needs(vector, i) != NULL && strcmp(needs(vector, i), capability) == 0;
    return found;
}

/* Is the answer about a number, such as a limit, that not every implementation has as small? */
static bool is_about_number(const struct suite *suite, const struct vector_step *step) {
    for (size_t g = suite->goals.first[step->action->index]; g < suite->goals.end[step->action->index]; g++)
        if (suite->goals.list.at[g].form == GOAL_BOUNDARY && suite->goals.list.at[g].check == step->failed)
            return true;
    return false;
}

/* Can something happen by itself in this state?  Not every implementation can be made to wait with it. */
static bool is_restless(struct merger *merger, const int32_t *state) {
    const struct system *system = merger->suite->system;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        struct vector_step step = {.action = system_action(system, t), .failed = STEP_OK};
        step.arguments = system->arguments.at + system->transitions.at[t].arguments;
        if (step.action->by != BY_CLIENT && step.action->fair && player_answers(merger->player, &step, state))
            return true;
    }
    return false;
}

static struct demands find_demands(struct merger *merger, const struct vector *vector) {
    struct demands demands = {0};
    for (size_t i = 0; i < vector->steps.count; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        if (step->action->by != BY_CLIENT)
            continue;
        if (step->failed != STEP_OK && is_about_number(merger->suite, step))
            demands.number = &step->action->checks.at[step->failed];
        demands.is_restless = demands.is_restless || is_restless(merger, vector->states + i * merger->width);
    }
    return demands;
}

/* Does a step give this object? */
static bool names(const struct vector_step *step, const struct kind *kind, int32_t object) {
    const struct action *action = step->action;
    const int32_t *at = step->arguments;
    for (size_t i = 0; i < action->parameters.count; at += action->parameters.at[i++]->width)
        if (action->parameters.at[i]->type->form == TYPE_REF && action->parameters.at[i]->type->kind == kind &&
            *at == object)
            return true;
    return false;
}

/* Does some action make such objects?  Others are values, such as addresses. */
static bool is_made(const struct rulebook *rulebook, const struct kind *kind) {
    for (size_t a = 0; a < rulebook->actions.count; a++)
        for (size_t i = 0; i < rulebook->actions.at[a]->choices.count; i++) {
            const struct binding *choice = rulebook->actions.at[a]->choices.at[i];
            if (choice->mode == BINDING_NEW && choice->type->kind == kind)
                return true;
        }
    return false;
}

/* Does the vector already speak of all objects that the call names?  One that it does not may be an object that some
 * implementations cannot make, such as another account's. */
static bool knows_objects(const struct rulebook *rulebook, const struct vector *vector,
                          const struct vector_step *call) {
    const struct action *action = call->action;
    const int32_t *at = call->arguments;
    for (size_t i = 0; i < action->parameters.count; at += action->parameters.at[i++]->width) {
        const struct type *type = action->parameters.at[i]->type;
        bool known = type->form != TYPE_REF || *at < 0 || !is_made(rulebook, type->kind);
        for (size_t s = 0; s < vector->steps.count && !known; s++)
            known = names(&vector->steps.at[s], type->kind, *at);
        if (!known)
            return false;
    }
    return true;
}

/* The vector with the call made before its step number `place`. */
static struct vector insert(struct merger *merger, const struct vector *vector, size_t place,
                            const struct vector_step *call) {
    struct vector now = {.id = vector->id, .goal = vector->goal};
    struct vector_step *steps = arena_alloc(&merger->suite->arena, (vector->steps.count + 1) * sizeof *steps);
    memcpy(steps, vector->steps.at, place * sizeof *steps);
    steps[place] = *call;
    memcpy(steps + place + 1, vector->steps.at + place, (vector->steps.count - place) * sizeof *steps);
    now.steps.at = steps;
    now.steps.count = now.steps.room = vector->steps.count + 1;
    return now;
}

static bool join_at(struct merger *merger, const struct vector *guest, struct vector *host, size_t place) {
    const struct vector_step *call = &guest->steps.at[guest->steps.count - 1];
    const char *problem;
    const int32_t *state = host->states + place * merger->width;
    if (!player_answers(merger->player, call, state))
        return false;
    struct vector now = insert(merger, host, place, call);
    if (!player_play(merger->player, &now, &problem) || now.level != host->level ||
        !others_show(merger, guest, host, &now))
        return false;
    struct demands before = find_demands(merger, host), demands = find_demands(merger, &now);
    if (!demand_the_same(&before, &demands))
        return false;
    count(merger, guest, false);
    count(merger, host, false);
    count(merger, &now, true);
    now.title = vector_title(merger->suite, &now);
    *host = now;
    return true;
}

static bool join(struct merger *merger, const struct vector *guest, struct vector *host) {
    size_t last = guest->steps.count - 1;
    if (host->level != guest->level || host->steps.at[host->steps.count - 1].action != guest->steps.at[last].action ||
        !has_capability(host, needs(guest, last)) ||
        !knows_objects(merger->suite->system->rulebook, host, &guest->steps.at[last]))
        return false;
    size_t place = find_state(merger, host, guest->states + last * merger->width);
    if (place != SIZE_MAX && join_at(merger, guest, host, place))
        return true;
    for (size_t i = 0; i <= host->steps.count; i++)
        if (i != place && join_at(merger, guest, host, i))
            return true;
    return false;
}

/* The shortest vector that takes it in. */
static bool find_host(struct merger *merger, size_t guest) {
    vector_list *vectors = &merger->suite->vectors;
    for (size_t length = vectors->at[guest].steps.count; length < STEPS_MOST; length++)
        for (size_t h = 0; h < vectors->count; h++)
            if (h != guest && !merger->is_gone.at[h] &&
                demand_the_same(&merger->demands.at[guest], &merger->demands.at[h]) &&
                merger->joined.at[h] < JOIN_MOST && vectors->at[h].steps.count == length &&
                join(merger, &vectors->at[guest], &vectors->at[h])) {
                merger->joined.at[h]++;
                return true;
            }
    return false;
}

static void merge_suite(struct merger *merger) {
    vector_list *vectors = &merger->suite->vectors;
    merger->joined.count = merger->demands.count = merger->is_gone.count = 0;
    for (size_t i = 0; i < vectors->count; i++) {
        vec_push(&merger->demands, find_demands(merger, &vectors->at[i]));
        vec_push(&merger->joined, 0);
        vec_push(&merger->is_gone, false);
    }
    for (size_t length = 1; length < STEPS_MOST; length++)
        for (size_t i = 0; i < vectors->count; i++) {
            if (vectors->at[i].steps.count == length && !merger->is_gone.at[i] && merger->joined.at[i] == 0)
                merger->is_gone.at[i] = find_host(merger, i);
        }
}

/* From the last, what the others make superfluous by now goes, too. */
static void drop(struct merger *merger) {
    vector_list *vectors = &merger->suite->vectors;
    size_t kept = 0;
    for (size_t i = vectors->count; i-- > 0;)
        if (!merger->is_gone.at[i] && others_show(merger, NULL, &vectors->at[i], NULL)) {
            count(merger, &vectors->at[i], false);
            merger->is_gone.at[i] = true;
        }
    for (size_t i = 0; i < vectors->count; i++)
        if (!merger->is_gone.at[i])
            vectors->at[kept++] = vectors->at[i];
    vectors->count = kept;
}

static void use_suite(struct merger *merger, size_t number) {
    merger->number = number;
    merger->suite = merger->set->list.at[number];
    merger->width = merger->suite->system->rulebook->state_width;
}

void merge_refusals(struct suite_set *set) {
    struct merger merger = {.set = set};
    size_t bytes = (set->goals.count + 1) * sizeof *merger.times[0];
    for (size_t level = 0; level < LEVELS; level++) {
        merger.times[level] = memory_resize(NULL, bytes);
        memset(merger.times[level], 0, bytes);
    }
    for (size_t s = 0; s < set->list.count; s++) {
        use_suite(&merger, s);
        for (size_t i = 0; i < merger.suite->vectors.count; i++)
            count(&merger, &merger.suite->vectors.at[i], true);
    }
    for (size_t s = 0; s < set->list.count; s++) {
        use_suite(&merger, s);
        merger.player = player_new(merger.suite);
        merge_suite(&merger);
        drop(&merger);
        player_free(merger.player);
    }
    for (size_t level = 0; level < LEVELS; level++)
        free(merger.times[level]);
    vec_free(&merger.joined);
    vec_free(&merger.demands);
    vec_free(&merger.is_gone);
}
