/* A process's call: one action for each answer that the called action can give. */
#include <string.h>

#include "model/author.h"

enum { RETRIES_MOST = 1000 };

/* The code that a check answers with: of several that are as right, one that the step is ready for. */
static const char *code_of(const struct check *check, const struct yaml *on) {
    for (size_t i = 0; on != NULL && i < check->code_count; i++)
        if (yaml_get(on, check->codes[i]) != NULL)
            return check->codes[i];
    return check->codes[0];
}

/* The first check that fails answers with this code. */
static struct term *refusal(const struct author *author, const struct action *base, const struct yaml *on,
                            const char *code) {
    const struct yaml *checks = yaml_get(base->text, "checks");
    struct term *term = NULL;
    for (size_t i = base->checks.count; i-- > 0;) {
        const struct check *check = &base->checks.at[i];
        bool mine = strcmp(code_of(check, on), code) == 0;
        if (term == NULL && !mine)
            continue;
        struct span span = check->origin.span;
        struct term *passed = loader_term(author->loader, checks->items[i], "require"), *choice;
        if (passed == NULL)
            return NULL;
        choice = author_term(author, TERM_IF, span, NULL, NULL);
        choice->arg_count = 3;
        choice->args = arena_alloc(&author->loader->rulebook->arena, 3 * sizeof(struct term *));
        choice->args[0] = passed;
        choice->args[1] = term != NULL ? term : author_number(author, span, TERM_BOOL, 0);
        choice->args[2] = author_number(author, span, TERM_BOOL, mine);
        term = choice;
    }
    return term;
}

/* One answer of the step's call, or (code NULL) the answer ok. */
static struct action *add_call(struct author *author, const struct action *base, const struct yaml *text,
                               struct term *condition, const char *code, size_t next) {
    struct loader *loader = author->loader;
    struct rulebook *rulebook = loader->rulebook;
    const struct yaml *key = author->steps->keys[author->step];
    struct call_text call;
    if (!author_may_add(author) ||
        !syntax_call(&loader->syntax, text, &call)) /* once for each answer: names are resolved in place */
        return NULL;
    struct action *action = load_action_copy(loader, key, base);
    struct term *arguments = loader_fix_arguments(loader, action, &call);
    action->name =
        intern_string(&rulebook->intern, arena_format(&rulebook->arena, "%s.%s%s%s", author->process->kind->name,
                                                      key->text, code == NULL ? "" : " ", code == NULL ? "" : code));
    action->called = base;
    if (code != NULL) { /* nothing changes, and nothing is left to be decided */
        action->base = action;
        action->checks.count = action->choices.count = action->effects.count = 0;
    }
    author_claim(author, action, code, next);
    struct term *mine = author_and(author, author_turn(author, author->step), author_is_alive(author, action));
    action->when = author_and(author, author_and(author, author_and(author, mine, arguments), action->when), condition);
    return action;
}

static bool answers(const struct action *action, const char *code) {
    for (size_t i = 0; i < action->checks.count; i++)
        for (size_t k = 0; k < action->checks.at[i].code_count; k++)
            if (strcmp(action->checks.at[i].codes[k], code) == 0)
                return true;
    return false;
}

/* `retry: n` of an item of `on`, or -1. */
static int32_t retries(const struct author *author, const struct yaml *item) {
    const struct yaml *node = item == NULL || item->kind != YAML_MAP ? NULL : yaml_get(item, "retry");
    if (node == NULL || !loader_has_shape(author->loader, node, YAML_TEXT, "retry"))
        return -1;
    char *end;
    long value = strtol(node->text, &end, 10);
    if (*end == '\0' && end != node->text && value >= 1 && value <= RETRIES_MOST)
        return (int32_t)value;
    diag_error(author->loader->diags, node->span, DIAG_BAD_RANGE,
               "retry: expected a number from 1 to %d, found '%.40s'", RETRIES_MOST, node->text);
    return -1;
}

/* Every code is one that the action answers, and the counter of retries is as large as it must be. */
static void check_on(struct author *author, const struct action *base, const struct yaml *on) {
    int32_t most = -1;
    for (size_t i = 0; i < on->count; i++) {
        const struct yaml *key = on->keys[i], *item = on->items[i];
        if (strcmp(key->text, "any") != 0 && !answers(base, key->text)) {
            diag_error(author->loader->diags, key->span, DIAG_UNKNOWN_NAME, "'%s' never answers %.60s", base->name,
                       key->text);
            VEC(const char *) codes = {0};
            for (size_t c = 0; c < base->checks.count; c++)
                vec_push(&codes, base->checks.at[c].codes[0]);
            suggest(author->loader->diags, key->span, key->text, codes.at, codes.count);
            vec_free(&codes);
        }
        if (item->kind == YAML_MAP) {
            CHECK_KEYS(author->loader, item, "an answer", "retry", "then");
            if (yaml_get(item, "retry") == NULL)
                diag_error(author->loader->diags, item->span, DIAG_MISSING_KEY,
                           "an answer needs a target, or 'retry' and how often");
            int32_t times = retries(author, item);
            most = times > most ? times : most;
        }
    }
    author->counts = most >= 0;
    const struct yaml *key = author->steps->keys[author->step];
    if (author->counts)
        author_counter(author, arena_format(&author->loader->rulebook->arena, "%s_tries", key->text), most, key->span);
}

/* What happens at an answer other than ok. */
static void add_refusal(struct author *author, const struct action *base, const struct yaml *item,
                        const struct yaml *on, const char *code) {
    const struct yaml *reply = on == NULL ? NULL : yaml_get(on, code), *text = yaml_get(item, "call");
    struct rulebook *rulebook = author->loader->rulebook;
    size_t failed = author->steps->count + 1;
    if (reply == NULL && on != NULL)
        reply = yaml_get(on, "any");
    int32_t times = retries(author, reply);
    if (reply == NULL || reply->kind != YAML_MAP) {
        add_call(author, base, text, refusal(author, base, on, code), code, author_target(author, reply, failed));
        return;
    }
    struct span span = reply->span;
    const char *tries = arena_format(&rulebook->arena, "%s_tries", author->steps->keys[author->step]->text);
    struct term *left = author_term(author, TERM_LT, span, author_own(author, tries, span),
                                    author_number(author, span, TERM_NUMBER, times));
    struct action *again =
        add_call(author, base, text, author_and(author, left, refusal(author, base, on, code)), code, author->step);
    if (again == NULL)
        return;
    author_assign(author, again, tries,
                  author_term(author, TERM_ADD, span, author_own(author, tries, span),
                              author_number(author, span, TERM_NUMBER, 1)));
    struct term *spent = author_term(author, TERM_GE, span, author_own(author, tries, span),
                                     author_number(author, span, TERM_NUMBER, times));
    struct action *last = add_call(author, base, text, author_and(author, spent, refusal(author, base, on, code)), code,
                                   author_target(author, yaml_get(reply, "then"), failed));
    if (last != NULL)
        last->name = intern_string(&rulebook->intern, arena_format(&rulebook->arena, "%s at last", last->name));
}

void author_call(struct author *author, const struct yaml *item) {
    struct loader *loader = author->loader;
    const struct yaml *text = yaml_get(item, "call"), *on = yaml_get(item, "on");
    CHECK_KEYS(loader, item, "a step with 'call'", "about", "call", "on", "then");
    struct call_text call;
    if (!loader_has_shape(loader, text, YAML_TEXT, "call") || !syntax_call(&loader->syntax, text, &call))
        return;
    if (call.response != NULL)
        diag_error(loader->diags, call.response_span, DIAG_BAD_CONTEXT,
                   "what follows on an answer stands under 'on', and 'then' for ok");
    const struct action *base = loader_called(loader, &call);
    if (base == NULL)
        return;
    if (on != NULL && !loader_has_shape(loader, on, YAML_MAP, "on"))
        return;
    if (on != NULL)
        check_on(author, base, on);
    if (add_call(author, base, text, NULL, NULL, author_target_of(author, item, "then")) == NULL ||
        diags_failed(loader->diags)) /* or each error would be said for every answer */
        return;
    VEC(const char *) codes = {0};
    for (size_t i = 0; i < base->checks.count; i++) {
        const char *code = code_of(&base->checks.at[i], on);
        bool known = false;
        for (size_t k = 0; k < codes.count; k++)
            known = known || strcmp(codes.at[k], code) == 0;
        if (known)
            continue;
        vec_push(&codes, code);
        add_refusal(author, base, item, on, code);
    }
    vec_free(&codes);
}
