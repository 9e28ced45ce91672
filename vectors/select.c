#include "vectors/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static size_t gain(const bool *row, const size_t *times, size_t goals) {
    size_t sum = 0;
    for (size_t g = 0; g < goals; g++)
        sum += row[g] && times[g] == 0;
    return sum;
}

static bool is_superfluous(const bool *row, const size_t *times, size_t goals) {
    for (size_t g = 0; g < goals; g++)
        if (row[g] && times[g] == 1)
            return false;
    return true;
}

void select_cover(size_t candidates, size_t goals, const bool *shows, const size_t *costs, bool *chosen) {
    size_t *times = memory_resize(NULL, (goals + 1) * sizeof *times); /* how many chosen ones show each goal */
    memset(times, 0, (goals + 1) * sizeof *times);
    memset(chosen, 0, candidates * sizeof *chosen);
    for (;;) {
        size_t best = candidates, best_gain = 0;
        for (size_t c = 0; c < candidates; c++) {
            size_t more = chosen[c] ? 0 : gain(shows + c * goals, times, goals);
            if (more > best_gain || (more > 0 && more == best_gain && costs[c] < costs[best])) {
                best = c;
                best_gain = more;
            }
        }
        if (best == candidates)
            break;
        chosen[best] = true;
        for (size_t g = 0; g < goals; g++)
            times[g] += shows[best * goals + g];
    }
    for (size_t c = candidates; c-- > 0;)
        if (chosen[c] && is_superfluous(shows + c * goals, times, goals)) {
            chosen[c] = false;
            for (size_t g = 0; g < goals; g++)
                times[g] -= shows[c * goals + g];
        }
    free(times);
}
