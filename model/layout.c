#include "model/layout.h"

#include <string.h>

unsigned layout_bits(uint64_t values) {
    unsigned bits = 0;
    while (bits < 64 && (UINT64_C(1) << bits) < values)
        bits++;
    return bits;
}

void layout_init(struct layout *layout, const struct system *system) {
    VEC(uint32_t) used = {0}; /* bits in each word */
    *layout = (struct layout){0};
    layout->places = memory_resize(NULL, (system->vars.count + 1) * sizeof *layout->places);
    vec_push(&used, 0);
    for (size_t i = 0; i < system->vars.count; i++) {
        const struct system_var *var = &system->vars.at[i];
        uint32_t bits = layout_bits((uint64_t)((int64_t)var->high - var->low) + 1), word = 0;
        while (word < used.count && used.at[word] + bits > 64)
            word++;
        if (word == used.count)
            vec_push(&used, 0);
        layout->places[i] = (struct layout_place){word, used.at[word], bits, var->low};
        if (bits == 0)
            layout->places[i].shift = 0;
        used.at[word] += bits;
        layout->bits += bits;
    }
    layout->words = (uint32_t)used.count;
    vec_free(&used);
}

void layout_clear(struct layout *layout) {
    free(layout->places);
    *layout = (struct layout){0};
}

void layout_pack(const struct layout *layout, const struct system *system, const int32_t *state, uint64_t *packed) {
    memset(packed, 0, layout->words * sizeof *packed);
    for (size_t i = 0; i < system->vars.count; i++) {
        const struct layout_place *place = &layout->places[i];
        packed[place->word] |= (uint64_t)((int64_t)state[i] - place->low) << place->shift;
    }
}

void layout_unpack(const struct layout *layout, const struct system *system, const uint64_t *packed, int32_t *state) {
    for (size_t i = 0; i < system->vars.count; i++) {
        const struct layout_place *place = &layout->places[i];
        uint64_t mask = (UINT64_C(1) << place->bits) - 1;
        state[i] = (int32_t)(packed[place->word] >> place->shift & mask) + place->low;
    }
}
