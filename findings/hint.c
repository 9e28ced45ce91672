#include "findings/hint.h"

#include <string.h>

/* "module.a.aws_eip.x[0]": the module is "module.a.", what stands in its files is aws_eip.x; a logical id has no
 * module.
 */
struct block {
    const char *module, *name;
};

/* False where the module is one of several instances: it is another block then. */
static bool read_block(struct report *report, const char *address, struct block *block) {
    const char *bracket = strchr(address, '[');
    if (bracket != NULL && strchr(bracket, ']') != address + strlen(address) - 1)
        return false;
    size_t length = strcspn(address, "[");
    size_t start = length, dots = 0; /* of the type, behind the last dot but one */
    while (start > 0 && (address[start - 1] != '.' || ++dots < 2))
        start--;
    block->module = arena_text(&report->arena, address, start);
    block->name = arena_text(&report->arena, address + start, length - start);
    return true;
}

/* Does this step make its resource? */
static bool is_making(const struct plan_step *step) {
    size_t length = step->resource != NULL ? strlen(step->resource) : 0;
    return length > 0 && step->about != NULL && strncmp(step->about, step->resource, length) == 0 &&
           strncmp(step->about + length, " (create", 8) == 0;
}

static bool is_removal(const struct plan_step *step) {
    size_t length = step->resource != NULL ? strlen(step->resource) : 0;
    return length > 0 && step->about != NULL && strncmp(step->about, step->resource, length) == 0 &&
           strncmp(step->about + length, " (delete", 8) == 0;
}

/* A resource that is removed stands in no block that depends_on could name. */
static bool is_after_removal(const struct step_repair *repair) {
    for (size_t i = 0; i < repair->count; i++)
        if (is_making(repair->step) && is_removal(repair->after[i]) &&
            strcmp(repair->after[i]->resource, repair->step->resource) != 0)
            return true;
    return false;
}

const char *hint_text(struct report *report, const struct step_repair *repair) {
    struct block own, other;
    const char *names = "";
    if (report->input == INPUT_TERRAFORM && is_after_removal(repair))
        return "Terraform cannot be told so in one apply: a moved block, if both are the same thing; or remove it in "
               "an "
               "apply before; or ask for something else";
    if (!report->is_import || repair->count == 0 || repair->is_finer || !is_making(repair->step) ||
        !read_block(report, repair->step->resource, &own))
        return NULL;
    for (size_t i = 0; i < repair->count; i++) {
        if (!is_making(repair->after[i]) || !read_block(report, repair->after[i]->resource, &other) ||
            strcmp(own.module, other.module) != 0 || strcmp(own.name, other.name) == 0)
            return NULL;
        names = arena_format(&report->arena, "%s%s%s", names, i > 0 ? ", " : "", other.name);
    }
    bool is_template = strchr(own.name, '.') == NULL;
    return arena_format(&report->arena, is_template ? "DependsOn: [%s] in %s" : "depends_on = [%s] in %s", names,
                        own.name);
}
