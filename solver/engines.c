#include <string.h>

#include "solver/engine.h"

extern const struct engine engine_explicit, engine_bmc, engine_kinduction, engine_pdr, engine_auto;

const struct engine *const engines[] = {&engine_explicit, &engine_bmc,  &engine_kinduction,
                                        &engine_pdr,      &engine_auto, NULL};

const struct engine *engine_find(const char *name) {
    for (size_t i = 0; engines[i] != NULL; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}
