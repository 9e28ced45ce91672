#include "vectors/select.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct cover {
    size_t candidates, goals, words;
    uint64_t *rows; /* `words` of each candidate, a bit for each goal */
    uint64_t *open; /* goals that no chosen one shows */
};

static size_t gain(const struct cover *cover, size_t candidate) {
    const uint64_t *row = cover->rows + candidate * cover->words;
    size_t sum = 0;
    for (size_t w = 0; w < cover->words; w++)
        sum += (size_t)__builtin_popcountll(row[w] & cover->open[w]);
    return sum;
}

static void read_rows(struct cover *cover, const bool *shows) {
    size_t bytes = (cover->candidates * cover->words + 1) * sizeof *cover->rows;
    cover->rows = memory_resize(NULL, bytes);
    memset(cover->rows, 0, bytes);
    for (size_t c = 0; c < cover->candidates; c++)
        for (size_t g = 0; g < cover->goals; g++)
            if (shows[c * cover->goals + g])
                cover->rows[c * cover->words + g / 64] |= UINT64_C(1) << g % 64;
    cover->open = memory_resize(NULL, (cover->words + 1) * sizeof *cover->open);
    memset(cover->open, 0xFF, cover->words * sizeof *cover->open);
}

static bool is_superfluous(const bool *row, const size_t *times, size_t goals) {
    for (size_t g = 0; g < goals; g++)
        if (row[g] && times[g] == 1)
            return false;
    return true;
}

/* From the last, what the others make superfluous is dropped. */
static void drop(const struct cover *cover, const bool *shows, bool *chosen) {
    size_t *times = memory_resize(NULL, (cover->goals + 1) * sizeof *times); /* how many chosen ones show each goal */
    memset(times, 0, (cover->goals + 1) * sizeof *times);
    for (size_t c = 0; c < cover->candidates; c++)
        for (size_t g = 0; chosen[c] && g < cover->goals; g++)
            times[g] += shows[c * cover->goals + g];
    for (size_t c = cover->candidates; c-- > 0;)
        if (chosen[c] && is_superfluous(shows + c * cover->goals, times, cover->goals)) {
            chosen[c] = false;
            for (size_t g = 0; g < cover->goals; g++)
                times[g] -= shows[c * cover->goals + g];
        }
    free(times);
}

void select_cover(size_t candidates, size_t goals, const bool *shows, const size_t *costs, bool *chosen) {
    struct cover cover = {.candidates = candidates, .goals = goals, .words = (goals + 63) / 64};
    read_rows(&cover, shows);
    memset(chosen, 0, candidates * sizeof *chosen);
    for (;;) {
        size_t best = candidates, best_gain = 0;
        for (size_t c = 0; c < candidates; c++) {
            size_t more = chosen[c] ? 0 : gain(&cover, c);
            size_t ours = best == candidates ? 0 : more * costs[best], theirs = best_gain * costs[c];
            if (more > 0 && (best == candidates || ours > theirs || (ours == theirs && more > best_gain))) {
                best = c;
                best_gain = more;
            }
        }
        if (best == candidates)
            break;
        chosen[best] = true;
        for (size_t w = 0; w < cover.words; w++)
            cover.open[w] &= ~cover.rows[best * cover.words + w];
    }
    drop(&cover, shows, chosen);
    free(cover.rows);
    free(cover.open);
}
