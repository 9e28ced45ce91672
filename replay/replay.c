#include "replay/replay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "replay/blame.h"

#define CHUNK 8u        /* vectors that a worker takes at once: neighbours share fixtures */
#define MOST_SILENCE 5u /* vectors in a row without any answer, until nobody asks any more */

struct crew {
    struct replay *replay;
    const struct replay_options *options;
    VEC(size_t) order;
    atomic_size_t next, silent;
    pthread_mutex_t lock; /* of the lists of remarks */
};

struct worker {
    struct crew *crew;
    struct arena arena;
    struct client *client;
    struct world world; /* `script` NULL: none */
    bool is_used;       /* some vector ran in it */
    char key[260], header[260], problem[300];
};

void replay_add(struct replay *replay, struct script *script) {
    vec_push(&replay->scripts, script);
    for (size_t i = 0; i < script_count(script); i++)
        vec_push(&replay->outcomes,
                 ((struct outcome){.script = script, .vector = i, .id = script->group.vectors.at[i].id}));
}

size_t replay_count(const struct replay *replay, enum replay_verdict verdict) {
    size_t count = 0;
    for (size_t i = 0; i < replay->outcomes.count; i++)
        count += replay->outcomes.at[i].verdict == verdict;
    return count;
}

/* ---- remarks ---- */

static void remark(remark_list *list, const struct script *script, const char *text) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].script == script && strcmp(list->at[i].text, text) == 0) {
            list->at[i].count++;
            return;
        }
    vec_push(list, ((struct remark){script, text, 1}));
}

static void remark_all(struct worker *worker, remark_list *list, const fixture_problems *texts) {
    pthread_mutex_lock(&worker->crew->lock);
    for (size_t i = 0; i < texts->count; i++)
        remark(list, worker->world.script, texts->at[i]);
    pthread_mutex_unlock(&worker->crew->lock);
}

/* ---- worlds ---- */

static void leave_world(struct worker *worker, const struct jtree *there) {
    fixture_problems leaks = {0};
    if (worker->world.script == NULL)
        return;
    fixture_remove(&worker->world, there, &leaks);
    remark_all(worker, &worker->crew->replay->leaks, &leaks);
    vec_free(&leaks);
    world_clear(&worker->world);
}

static void keep_world(struct worker *worker) {
    const struct world *world = &worker->world;
    fixture_problems kept = {0};
    for (size_t i = 0; i < world->script->symbols.count; i++)
        if (world->is_made[i] && world->bound[i] != NULL && world->script->symbols.at[i].id->index == 0)
            vec_push(&kept,
                     arena_format(&worker->arena, "%s = %s", world->script->symbols.at[i].name, world->bound[i]));
    remark_all(worker, &worker->crew->replay->kept, &kept);
    vec_free(&kept);
    world_clear(&worker->world);
}

/* False: the endpoint is in trouble. */
static bool enter_world(struct worker *worker, const struct script *script, struct outcome *outcome) {
    const struct replay_options *options = worker->crew->options;
    fixture_problems problems = {0};
    world_init(&worker->world, script, options->profile, worker->client, &worker->arena,
               options->jobs == 1 || options->profile->account_header != NULL || options->profile->key != NULL);
    worker->is_used = false;
    bool good = fixture_make(&worker->world, &problems);
    remark_all(worker, &worker->crew->replay->fixtures, &problems);
    vec_free(&problems);
    if (good)
        return true;
    outcome->verdict = REPLAY_ERROR;
    outcome->reason = worker->world.trouble == NULL ? "a description failed" : worker->world.trouble;
    leave_world(worker, NULL);
    return false;
}

/* ---- vectors ---- */

static void run_once(struct worker *worker, struct outcome *outcome, bool may_keep) {
    const struct replay_options *options = worker->crew->options;
    const struct jtree *there = NULL;
    bool unchanged = false;
    *outcome = (struct outcome){.script = outcome->script, .vector = outcome->vector, .id = outcome->id};
    if (worker->world.script != outcome->script) {
        if (worker->world.script != NULL)
            leave_world(worker, jtree_get(worker->world.script->calls, "initially"));
        if (!enter_world(worker, outcome->script, outcome))
            return;
    }
    run_vector(&worker->world, outcome->vector, outcome, &unchanged, &there);
    worker->is_used = true;
    bool has_failed = outcome->verdict == REPLAY_FAIL || outcome->verdict == REPLAY_ERROR;
    if (options->profile->reuses && unchanged && there != NULL)
        return;
    if (has_failed && options->keep && may_keep)
        keep_world(worker);
    else
        leave_world(worker, there);
}

/* A failure in a network that others have used is looked at again in a new one. */
static void run_one(struct worker *worker, struct outcome *outcome) {
    const char *reason = run_skips(outcome->script, outcome->vector, worker->crew->options->profile, &worker->arena);
    if (reason != NULL) {
        outcome->verdict = REPLAY_SKIP;
        outcome->reason = reason;
        return;
    }
    bool was_used = worker->world.script == outcome->script && worker->is_used;
    run_once(worker, outcome, !was_used);
    if (was_used && (outcome->verdict == REPLAY_FAIL || outcome->verdict == REPLAY_BLOCKED) &&
        worker->world.script == NULL)
        run_once(worker, outcome, true);
}

static void count_silence(struct crew *crew, const struct outcome *outcome) {
    if (outcome->verdict == REPLAY_SKIP)
        return;
    if (outcome->verdict == REPLAY_ERROR && outcome->reason != NULL && strstr(outcome->reason, "no answer:") != NULL)
        atomic_fetch_add(&crew->silent, 1);
    else
        atomic_store(&crew->silent, 0);
}

static void *work(void *context) {
    struct worker *worker = context;
    struct crew *crew = worker->crew;
    for (;;) {
        size_t start = atomic_fetch_add(&crew->next, CHUNK);
        for (size_t i = start; i < start + CHUNK && i < crew->order.count; i++) {
            struct outcome *outcome = &crew->replay->outcomes.at[crew->order.at[i]];
            if (atomic_load(&crew->silent) >= MOST_SILENCE) {
                outcome->verdict = REPLAY_ERROR;
                outcome->reason = "not run: the endpoint does not answer";
                continue;
            }
            run_one(worker, outcome);
            count_silence(crew, outcome);
        }
        if (start + CHUNK >= crew->order.count)
            break;
    }
    if (worker->world.script != NULL)
        leave_world(worker, jtree_get(worker->world.script->calls, "initially"));
    return NULL;
}

/* ---- the order ---- */

static bool changes_nothing(const struct outcome *outcome) {
    const struct jtree *steps = jtree_get(script_vector(outcome->script, outcome->vector), "steps");
    for (size_t i = 0; i < jtree_count(steps); i++)
        if (!jtree_truth(jtree_get(jtree_at(steps, i), "unchanged")))
            return false;
    return true;
}

/* xorshift64* (Vigna 2016): the same order everywhere for one seed. */
static uint64_t next_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* File by file, first what changes nothing, since one network will do for all of that. */
static void put_in_order(struct crew *crew) {
    const struct replay *replay = crew->replay;
    for (size_t s = 0; s < replay->scripts.count; s++)
        for (unsigned pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < replay->outcomes.count; i++)
                if (replay->outcomes.at[i].script == replay->scripts.at[s] &&
                    changes_nothing(&replay->outcomes.at[i]) == (pass == 0))
                    vec_push(&crew->order, i);
    uint64_t state = crew->options->seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    for (size_t i = crew->order.count; crew->options->seed != 0 && i > 1; i--) {
        size_t other = (size_t)(next_random(&state) % i), moved = crew->order.at[i - 1];
        crew->order.at[i - 1] = crew->order.at[other];
        crew->order.at[other] = moved;
    }
}

/* ---- all of it ---- */

/* "{worker}" becomes its number, twelve digits as account numbers have. */
static const char *fill(const char *pattern, size_t number, char *text, size_t bytes) {
    const char *place = pattern == NULL ? NULL : strstr(pattern, "{worker}");
    if (pattern == NULL || place == NULL)
        return pattern;
    snprintf(text, bytes, "%.*s%012zu%s", (int)(place - pattern), pattern, 100000000000 + number, place + 8);
    return text;
}

static bool hire(struct worker *worker, struct crew *crew, size_t number) {
    const struct profile *profile = crew->options->profile;
    const char *region = profile_account(profile, "region");
    const struct wire *wire = crew->replay->scripts.at[0]->wire;
    struct client_options options = {.endpoint = crew->options->endpoint,
                                     .key = "test",
                                     .secret = "test",
                                     .timeout_s = profile->request_s,
                                     .no_keepalive = crew->options->no_keepalive || profile->no_keepalive};
    *worker = (struct worker){.crew = crew};
    options.region = region != NULL ? region : yaml_get(wire->profile, "region")->text;
    options.header = fill(profile->account_header, number, worker->header, sizeof worker->header);
    if (profile->key != NULL)
        options.key = fill(profile->key, number, worker->key, sizeof worker->key);
    worker->client = client_new(&options, worker->problem, sizeof worker->problem);
    return worker->client != NULL;
}

static void dismiss(struct worker *worker, struct replay *replay) {
    replay->calls += worker->client == NULL ? 0 : client_calls(worker->client);
    replay->reconnected = replay->reconnected || (worker->client != NULL && !worker->crew->options->no_keepalive &&
                                                  client_is_reconnecting(worker->client));
    client_free(worker->client);
    vec_push(&replay->arenas, worker->arena);
}

static void judge(struct blame_memory *memory, struct outcome *outcome, struct arena *arena) {
    if (!blame_fixture(memory, outcome, arena)) {
        blame(outcome, arena);
        return;
    }
    outcome->verdict = REPLAY_BLOCKED;
    outcome->reason = "the fixture shows something else from the start that the answers depend on";
}

bool replay_run(struct replay *replay, const struct replay_options *options, char *problem, size_t problem_bytes) {
    struct crew crew = {.replay = replay, .options = options};
    struct worker *workers = memory_resize(NULL, options->jobs * sizeof *workers);
    pthread_t *threads = memory_resize(NULL, options->jobs * sizeof *threads);
    struct timespec from, to;
    struct blame_memory memory = {0};
    size_t hired = 0, started = 0;
    pthread_mutex_init(&crew.lock, NULL);
    clock_gettime(CLOCK_MONOTONIC, &from);
    put_in_order(&crew);
    while (hired < options->jobs && hire(&workers[hired], &crew, hired))
        hired++;
    bool good = hired > 0;
    if (!good)
        snprintf(problem, problem_bytes, "%s", workers[0].problem);
    while (good && started + 1 < hired && pthread_create(&threads[started], NULL, work, &workers[started + 1]) == 0)
        started++;
    if (good)
        work(&workers[0]);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < hired; i++)
        dismiss(&workers[i], replay);
    clock_gettime(CLOCK_MONOTONIC, &to);
    replay->seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    vec_push(&replay->arenas, ((struct arena){0}));
    for (size_t i = 0; i < replay->outcomes.count && good; i++)
        if (replay->outcomes.at[i].verdict == REPLAY_FAIL)
            judge(&memory, &replay->outcomes.at[i], &replay->arenas.at[replay->arenas.count - 1]);
    blame_memory_clear(&memory);
    pthread_mutex_destroy(&crew.lock);
    vec_free(&crew.order);
    free(workers);
    free(threads);
    return good;
}

void replay_clear(struct replay *replay) {
    for (size_t i = 0; i < replay->scripts.count; i++) {
        script_clear(replay->scripts.at[i]);
        free(replay->scripts.at[i]);
    }
    for (size_t i = 0; i < replay->arenas.count; i++)
        arena_clear(&replay->arenas.at[i]);
    vec_free(&replay->scripts);
    vec_free(&replay->outcomes);
    vec_free(&replay->fixtures);
    vec_free(&replay->leaks);
    vec_free(&replay->kept);
    vec_free(&replay->arenas);
}
