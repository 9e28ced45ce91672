/* An account in which nothing has been made yet. */
#include <string.h>

#include "wire/server_internal.h"

/* Asked of the state itself, which nobody has looked at yet. */
static bool is_there(const struct server *server, const struct wire_kind *kind, uint32_t object) {
    return kind->exists == NULL || wire_holds(&server->show, kind->exists, object, UINT32_MAX);
}

/* Gives the object the first value of a field of its own with which it does not exist. */
static void vacate(struct server *server, const struct wire_kind *kind, uint32_t object) {
    int32_t *own = server->state + kind->kind->state_base + (size_t)object * kind->kind->state_width;
    for (size_t f = 0; f < kind->kind->fields.count; f++) {
        const struct field *field = kind->kind->fields.at[f];
        int32_t low, high;
        if (field->is_constant || field->type->form != TYPE_ENUM)
            continue;
        type_range(field->type, &low, &high);
        int32_t before = own[field->offset];
        for (int32_t value = low; value <= high; value++) {
            own[field->offset] = value;
            if (!is_there(server, kind, object))
                return;
        }
        own[field->offset] = before;
    }
}

/* What a spec leaves out to make its universe small is a call like any other here. */
static void allow_everything(struct rulebook *rulebook) {
    for (size_t i = 0; i < rulebook->actions.count; i++) {
        rulebook->actions.at[i]->allow = NULL;
        rulebook->actions.at[i]->is_allowed = true;
    }
}

void server_empty(struct server *server) {
    allow_everything(server->rulebook);
    for (size_t k = 0; k < server->rulebook->kinds.count; k++) {
        const struct kind *kind = server->rulebook->kinds.at[k];
        for (size_t f = 0; f < kind->fields.count; f++)
            for (size_t o = 0; o < kind->objects.count && !kind->fields.at[f]->is_constant; o++)
                for (uint32_t i = 0; i < kind->fields.at[f]->width; i++)
                    server->state[kind->state_base + o * kind->state_width + kind->fields.at[f]->offset + i] =
                        kind->fields.at[f]->initial;
    }
    server->show.valuation = server->state;
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (uint32_t o = 0; o < kind->kind->objects.count; o++)
            if (kind->exists != NULL && is_there(server, kind, o))
                vacate(server, kind, o);
    }
    server->changes++;
    server->pending.count = 0;
    server_ids_update(server, NULL);
}
