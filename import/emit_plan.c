/* The plan of the spec: steps, each after those that come before no other of them. */
#include "import/emit.h"

#include <stdlib.h>
#include <string.h>

struct rank {
    uint32_t operation;
    size_t before; /* how many operations come before it: more than before any of those */
};

static int compare_ranks(const void *one, const void *other) {
    const struct rank *a = one, *b = other;
    if (a->before != b->before)
        return a->before > b->before ? -1 : 1;
    return a->operation < b->operation ? -1 : 1;
}

static int compare_ids(const void *one, const void *other) {
    const uint32_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

/* The operations that have steps, the last ones first. */
static struct rank *rank_operations(const struct import *import, size_t *count) {
    struct rank *ranks = memory_resize(NULL, (import->operations.count + 1) * sizeof *ranks);
    *count = 0;
    for (uint32_t i = 0; i < import->operations.count; i++) {
        if (import->operations.at[i].step_count == 0)
            continue;
        struct rank rank = {i, 0};
        for (size_t w = 0; w < import->row_words; w++)
            for (uint64_t word = import->before[i * import->row_words + w]; word != 0; word &= word - 1)
                rank.before++;
        ranks[(*count)++] = rank;
    }
    qsort(ranks, *count, sizeof *ranks, compare_ranks);
    return ranks;
}

/* ---- many operations as one ---- */

#define JOIN_FROM 10 /* operations of a block */

static uint32_t join_of(const struct writer *writer, uint32_t operation) {
    const struct operation *made = &writer->import->operations.at[operation];
    return 2 * writer->import->resources.at[made->resource].block + made->is_destroy;
}

static const char *last_step(const struct import *import, uint32_t operation) {
    const struct operation *made = &import->operations.at[operation];
    return import->steps.at[made->first_step + made->step_count - 1].name;
}

/* How many operations of a list belong together with this one; counted when the first of them is met. */
static size_t count_members(struct writer *writer, const id_list *list, uint32_t operation) {
    uint32_t id = join_of(writer, operation);
    struct join *join = &writer->joins[id];
    if (join->list != writer->lists) {
        join->list = writer->lists;
        join->met = 0;
        for (size_t i = 0; i < list->count; i++)
            join->met += join_of(writer, list->at[i]) == id;
    }
    return join->met;
}

static void find_joins(struct writer *writer) {
    struct import *import = writer->import;
    size_t count = 2 * import->blocks.count;
    writer->joins = memory_resize(NULL, (count + 1) * sizeof *writer->joins);
    memset(writer->joins, 0, (count + 1) * sizeof *writer->joins);
    for (uint32_t i = 0; i < import->operations.count; i++) {
        struct join *join = &writer->joins[join_of(writer, i)];
        if (import->operations.at[i].step_count > 0 && join->count++ == 0)
            join->first = i;
    }
    for (uint32_t b = 0; b < count; b++)
        if (writer->joins[b].count >= JOIN_FROM) {
            const char *name = arena_format(&import->arena, "all_%s_%s", b % 2 == 1 ? "deleted" : "built",
                                            plain_name(import, import->blocks.at[b / 2]->address));
            const char *free_name = name;
            for (unsigned i = 2; name_map_get(&import->steps_by_name, free_name) != NONE; i++)
                free_name = arena_format(&import->arena, "%s_%u", name, i);
            name_map_put(&import->steps_by_name, free_name, 0);
            writer->joins[b].name = free_name;
        }
}

/* Steps without a call: everything of a block is built, or deleted. */
static void write_joins(struct writer *writer) {
    struct import *import = writer->import;
    for (uint32_t b = 0; b < 2 * import->blocks.count; b++) {
        if (!writer->joins[b].used)
            continue;
        fprintf(writer->out, "  %s:\n    about: ", writer->joins[b].name);
        write_text(writer, arena_format(&import->arena, "%s (all %s)", import->blocks.at[b / 2]->address,
                                        b % 2 == 1 ? "deleted" : "built"));
        const char *separator = "\n    after: [";
        for (uint32_t i = writer->joins[b].first; i < import->operations.count; i++)
            if (import->operations.at[i].step_count > 0 && join_of(writer, i) == b) {
                fprintf(writer->out, "%s%s", separator, last_step(import, i));
                separator = ", ";
            }
        fputs("]\n", writer->out);
    }
}

/* Of the operations before this one that have steps, those that come before no other of them. */
static void write_after(struct writer *writer, uint32_t operation, const struct rank *ranks, size_t count) {
    struct import *import = writer->import;
    size_t words = import->row_words;
    uint64_t *left = arena_copy(&writer->scratch, import->before + operation * words, words * sizeof *left);
    id_list direct = {0};
    for (size_t i = 0; i < count; i++) {
        uint32_t other = ranks[i].operation;
        if (!(left[other / 64] >> other % 64 & 1))
            continue;
        vec_push(&direct, other);
        for (size_t w = 0; w < words; w++)
            left[w] &= ~import->before[other * words + w];
    }
    if (direct.count > 0)
        qsort(direct.at, direct.count, sizeof *direct.at, compare_ids); /* as in the file */
    const char *separator = "    after: [";
    writer->lists++;
    for (size_t i = 0; i < direct.count; i++) {
        struct join *join = &writer->joins[join_of(writer, direct.at[i])];
        bool whole = join->name != NULL && count_members(writer, &direct, direct.at[i]) == join->count;
        if (whole && direct.at[i] != join->first)
            continue; /* the first of them stands for all */
        join->used |= whole;
        fprintf(writer->out, "%s%s", separator, whole ? join->name : last_step(import, direct.at[i]));
        separator = ", ";
    }
    if (direct.count > 0)
        fputs("]\n", writer->out);
    vec_free(&direct);
    arena_clear(&writer->scratch);
}

void write_plan(struct writer *writer) {
    struct import *import = writer->import;
    size_t count;
    struct rank *ranks = rank_operations(import, &count);
    find_joins(writer);
    fputs(import->steps.count == 0 ? "\nplan: {}\n" : "\nplan:\n", writer->out);
    for (uint32_t i = 0; i < import->steps.count; i++) {
        const struct step *step = &import->steps.at[i];
        const struct operation *operation = &import->operations.at[step->operation];
        fprintf(writer->out, "  %s:\n    about: ", step->name);
        write_text(writer, step->about);
        fputs("\n    resource: ", writer->out);
        write_text(writer, import->resources.at[operation->resource].address);
        if (import->resources.at[operation->resource].at != NULL) {
            fputs("\n    at: ", writer->out);
            write_quoted(writer, import->resources.at[operation->resource].at);
        }
        fprintf(writer->out, "\n    call: ");
        write_quoted(writer, step->call);
        fputc('\n', writer->out);
        if (i == operation->first_step)
            write_after(writer, step->operation, ranks, count);
        else
            fprintf(writer->out, "    after: [%s]\n", import->steps.at[i - 1].name);
        if (step->until != NULL) {
            fputs("    until: ", writer->out);
            write_quoted(writer, step->until);
            fputc('\n', writer->out);
        }
        if (step->retry != NULL)
            fprintf(writer->out, "    retry: [%s]\n", step->retry);
        if (step->ignore != NULL)
            fprintf(writer->out, "    ignore: [%s]\n", step->ignore);
        if (step->establishes != NULL) {
            fputs("    establishes: ", writer->out);
            write_quoted(writer, step->establishes);
            fputc('\n', writer->out);
        }
    }
    write_joins(writer);
    free(writer->joins);
    free(ranks);
}
