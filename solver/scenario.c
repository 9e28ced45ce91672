#include "solver/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "model/eval.h"
#include "model/print.h"

struct player {
    struct rulebook *rulebook;
    struct evaluator evaluator;
    struct result *result;
    int32_t *state, *next, *arguments;
};

static bool fail(struct player *player, const struct scenario_item *item, size_t number, const char *text) {
    player->result->verdict = VERDICT_VIOLATED;
    player->result->reason =
        arena_format(&player->result->arena, "item %zu, line %u: %s", number, item->span.line, text);
    return false;
}

static bool read_values(struct player *player, const struct property *property, struct binding *const *bindings,
                        struct term *const *terms, size_t count, int32_t *values) {
    for (size_t i = 0; i < count; i++) {
        if (terms[i] != NULL && !eval_values(&player->evaluator, terms[i], property->frame, player->state, values))
            return false;
        values += bindings[i]->width;
    }
    return true;
}

/* Tries the values of choice `index` and those behind it, in order, until the step is possible. */
static enum eval_outcome choose(struct player *player, const struct scenario_item *item, size_t index,
                                int32_t *values) {
    const struct action *action = item->action;
    if (index == action->choices.count)
        return eval_step(&player->evaluator, action, player->arguments, true, player->state, player->next);
    const struct binding *binding = action->choices.at[index];
    if (item->choices[index] != NULL)
        return choose(player, item, index + 1, values + binding->width);
    int32_t low, high;
    type_range(type_element(player->rulebook, binding->type), &low, &high);
    for (int64_t value = low; value <= high && binding->width == 1; value++) {
        values[0] = (int32_t)value;
        enum eval_outcome outcome = choose(player, item, index + 1, values + 1);
        if (outcome != EVAL_DISABLED)
            return outcome;
    }
    return EVAL_DISABLED;
}

static bool has_code(const struct check *check, const char *code) {
    for (size_t i = 0; i < check->code_count; i++)
        if (strcmp(check->codes[i], code) == 0)
            return true;
    return false;
}

/* May the call be answered with this code, if check `failed` is the first that fails? */
static bool is_answer(struct player *player, const struct action *action, size_t failed, const char *code) {
    if (has_code(&action->checks.at[failed], code))
        return true;
    for (size_t k = failed + 1; k < action->checks.count; k++)
        if (action->checks.at[k].order == ORDER_ASSUMED && has_code(&action->checks.at[k], code) &&
            eval_check(&player->evaluator, action, k, player->arguments, player->state) == EVAL_ERROR)
            return true;
    return false;
}

static bool play_call(struct player *player, const struct scenario_item *item, size_t number) {
    const struct property *property = player->result->property;
    const struct action *action = item->action;
    struct arena *arena = &player->result->arena;
    const char *expected = item->call.response != NULL ? item->call.response : "ok";
    bool expects_ok = strcmp(expected, "ok") == 0;
    int32_t *chosen = player->arguments + action_width(action, false);
    if (!read_values(player, property, action->parameters.at, item->arguments, action->parameters.count,
                     player->arguments) ||
        !read_values(player, property, action->choices.at, item->choices, action->choices.count, chosen))
        return fail(player, item, number, "an argument has no value there");
    enum eval_outcome outcome =
        eval_step(&player->evaluator, action, player->arguments, false, player->state, player->next);
    if (outcome == EVAL_OK && expects_ok)
        outcome = choose(player, item, 0, chosen);
    const char *call = print_call(player->rulebook, action, player->arguments, false);
    size_t failed = player->evaluator.failed_check;
    if (outcome == EVAL_BROKEN)
        return fail(player, item, number,
                    arena_format(arena, "%s: the rulebook is broken there: %s", call, player->evaluator.problem.text));
    if (outcome == EVAL_DISABLED)
        return fail(player, item, number, arena_format(arena, "%s is not possible there", call));
    if (outcome == EVAL_ERROR && (expects_ok || !is_answer(player, action, failed, expected)))
        return fail(player, item, number,
                    arena_format(arena, "%s answers %s (%s), expected %s", call, action->checks.at[failed].codes[0],
                                 action->checks.at[failed].origin.id, expected));
    if (outcome == EVAL_OK && !expects_ok)
        return fail(player, item, number, arena_format(arena, "%s answers ok, expected %s", call, expected));
    if (outcome == EVAL_OK) {
        int32_t *old = player->state;
        player->state = player->next;
        player->next = old;
    }
    return true;
}

static bool play_item(struct player *player, const struct scenario_item *item, size_t number) {
    const struct property *property = player->result->property;
    if (item->given != NULL && !eval_effect(&player->evaluator, item->given, property->frame, player->state))
        return fail(player, item, number, "what is given has no meaning");
    if (item->expect != NULL) {
        bool holds;
        enum eval_outcome outcome =
            eval_condition(&player->evaluator, item->expect, property->frame, player->state, NULL, NULL, &holds);
        if (outcome == EVAL_BROKEN)
            return fail(player, item, number, "what is expected has no meaning there");
        if (!holds)
            return fail(player, item, number, "the state is not as expected");
    }
    return item->action == NULL || play_call(player, item, number);
}

void scenario_decide(struct rulebook *rulebook, struct result *result) {
    size_t widest = 0;
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (action_width(rulebook->actions.at[i], true) > widest)
            widest = action_width(rulebook->actions.at[i], true);
    size_t bytes = (rulebook->state_width + 1) * sizeof(int32_t);
    struct player player = {.rulebook = rulebook, .result = result};
    player.state = memory_resize(NULL, bytes);
    player.next = memory_resize(NULL, bytes);
    player.arguments = memory_resize(NULL, (widest + 1) * sizeof(int32_t));
    evaluator_init(&player.evaluator, rulebook);
    result->engine = "evaluator";
    result->method = "played";
    result->verdict = VERDICT_HOLDS;
    bool good = eval_initial(&player.evaluator, player.state);
    for (size_t i = 0; i < result->property->scenario.count && good; i++) {
        const struct scenario_item *item = &result->property->scenario.at[i];
        good = play_item(&player, item, i + 1);
        result->depth += item->action != NULL && good;
    }
    evaluator_clear(&player.evaluator);
    free(player.arguments);
    free(player.next);
    free(player.state);
}
