#include "vectors/words.h"

#include <string.h>

#include "model/print.h"
#include "vectors/slug.h"

/* Does the check of the vector's last step fail alone? */
static bool shows_alone(const struct suite *suite, const struct vector *vector) {
    const struct vector_step *last = &vector->steps.at[vector->steps.count - 1];
    return vector->shows[goals_find(&suite->goals, last->action, GOAL_ALONE, last->failed)] != SHOWN_NOT;
}

/* "attach-network-interface-att-p1"; where the check fails with others: "...-first". */
char *vector_id(struct suite *suite, const struct vector *vector) {
    const struct goal *goal = &suite->goals.list.at[vector->goal];
    char action[SLUG_BYTES], slug[SLUG_BYTES];
    slug_make(goal->action->name, action);
    const char *rest = goal->id + strlen(goal->action->name) + 1;
    const char *suffix = "";
    if (goal->form == GOAL_FIRST || goal->form == GOAL_ALONE) {
        rest = arena_text(&suite->arena, rest, strlen(rest) - strlen(goal_form_text(goal->form)) - 1);
        suffix = shows_alone(suite, vector) ? "" : " first";
    }
    slug_make(rest, slug);
    bool named = strncmp(slug, action, strlen(action)) == 0 && slug[strlen(action)] == '-';
    slug_make(arena_format(&suite->arena, "%s %s%s", named ? "" : goal->action->name, rest, suffix), slug);
    return arena_text(&suite->arena, slug, strlen(slug));
}

/* Is the whole text in one pair of parentheses? */
static bool is_wrapped(const char *text, size_t bytes) {
    size_t open = 0;
    for (size_t i = 0; i < bytes; i++) {
        open += text[i] == '(';
        open -= text[i] == ')';
        if (open == 0)
            return bytes > 2 && i + 1 == bytes;
    }
    return false;
}

static const char *term_words(struct suite *suite, const struct term *term) {
    struct rulebook *rulebook = suite->system->rulebook;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        return "a check";
    print_term(rulebook, term, out);
    fclose(out);
    bool wrapped = is_wrapped(text, bytes);
    const char *words = arena_text(&suite->arena, text + wrapped, bytes - 2 * wrapped);
    free(text);
    return words;
}

const char *mutant_words(struct suite *suite, const struct goal *goal) {
    const struct mutant *mutant = &suite->goals.mutants.at[goal->mutant];
    static const char *const parts[] = {"a check", "an effect", "a let"};
    const char *rule = mutant->part == MUTANT_LET ? goal->action->lets.at[mutant->rule]->name : mutant->origin->id;
    return arena_format(&suite->arena, "%s (%s) %s", rule, parts[mutant->part], mutation_text(mutant->mutation));
}

/* What the goal adds to what the call does. */
static const char *purpose(struct suite *suite, const struct goal *goal) {
    const char *rest = goal->id + strlen(goal->action->name) + 1;
    switch (goal->form) {
    case GOAL_BOUNDARY:
    case GOAL_ARGUMENT:
        return arena_format(&suite->arena, " (%s)", rest);
    case GOAL_NO_CHANGE:
        return " and changes nothing";
    case GOAL_REPEATED:
        return " (the same call again)";
    case GOAL_UNHURT:
        return " after a failure";
    case GOAL_ATOM:
    case GOAL_EFFECT:
    case GOAL_MUTANT:
        return arena_format(&suite->arena, " (not so with %s)", mutant_words(suite, goal));
    case GOAL_OK:
    case GOAL_FIRST:
    case GOAL_ALONE:
    case GOAL_CODE:
    case GOAL_FORMS:
        break;
    }
    return "";
}

char *vector_title(struct suite *suite, const struct vector *vector) {
    const struct goal *goal = &suite->goals.list.at[vector->goal];
    const struct vector_step *last = &vector->steps.at[vector->steps.count - 1];
    struct arena *arena = &suite->arena;
    char *title;
    if (last->action->by != BY_CLIENT) {
        title = arena_format(arena, "%s happens", last->action->name);
    } else if (last->failed == STEP_OK) {
        title = arena_format(arena, "%s succeeds", last->action->name);
    } else {
        const struct check *check = &last->action->checks.at[last->failed];
        title = arena_format(arena, "%s answers %s", last->action->name, check->codes[0]);
        title = check->origin.about != NULL ? arena_format(arena, "%s: %s", title, check->origin.about)
                                            : arena_format(arena, "%s, because this does not hold: %s", title,
                                                           term_words(suite, check->require));
        if (!shows_alone(suite, vector))
            title = arena_format(arena, "%s; other checks fail too", title);
    }
    title = arena_format(arena, "%s%s", title, purpose(suite, goal));
    for (size_t i = 0; i + 1 < vector->steps.count; i++)
        title = arena_format(arena, "%s%s%s%s", title, i == 0 ? ", after " : ", ", vector->steps.at[i].action->name,
                             vector->steps.at[i].failed == STEP_OK ? "" : " refused");
    return title;
}
