#include "model/define.h"

#include "model/checker.h"

struct definition *define_term(struct rulebook *rulebook, const struct yaml *text, const char *const *names,
                               const struct kind *const *kinds, size_t count, struct diags *diags) {
    struct syntax syntax = {&rulebook->arena, &rulebook->intern, diags};
    struct checker checker = {.rulebook = rulebook, .diags = diags};
    struct definition *definition = arena_alloc(&rulebook->arena, sizeof *definition);
    definition->name = text->text;
    definition->text = text;
    definition->signature.count = count;
    definition->types = arena_alloc(&rulebook->arena, (count + 1) * sizeof *definition->types);
    definition->body = syntax_term(&syntax, text);
    for (size_t i = 0; i < count; i++) {
        definition->types[i] = kinds[i]->type;
        checker_push(&checker, intern_string(&rulebook->intern, names[i]), kinds[i]->type);
    }
    bool good = definition->body != NULL && check_term(&checker, definition->body, NULL);
    definition->frame = checker.frame_high;
    definition->height = checker.height;
    definition->progress = DEFINITION_DONE;
    vec_free(&checker.variables);
    return good ? definition : NULL;
}

bool define_values(struct evaluator *evaluator, const struct definition *definition, const uint32_t *objects,
                   const int32_t *valuation, int32_t *values) {
    return eval_defined(evaluator, definition, objects, valuation, values);
}
