#include <string.h>

#include "base/hash.h"
#include "wire/server_internal.h"

static size_t object_count(const struct wire_kind *kind) { return kind->kind->objects.count; }

struct server_id *server_id(const struct server *server, const struct wire_id *id, uint32_t object) {
    return &server->ids[id->of->index][id->index * object_count(id->of) + object];
}

static const char *text_of(void *context, const struct wire_id *id, uint32_t object) {
    struct server *server = context;
    const char *given = server_id(server, id, object)->text;
    return given != NULL ? given : wire_place_text(server->places, id, object);
}

static const char *profile_of(void *context, const char *key) {
    struct server *server = context;
    return yaml_get(server->wire->profile, key)->text;
}

void server_ids_init(struct server *server) {
    server->ids = memory_resize(NULL, (server->wire->kinds.count + 1) * sizeof *server->ids);
    server->exists = memory_resize(NULL, (server->wire->kinds.count + 1) * sizeof *server->exists);
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        server->exists[k] = memory_resize(NULL, object_count(kind) + 1);
        memset(server->exists[k], kind->exists == NULL, object_count(kind) + 1);
        size_t bytes = (kind->ids.count * object_count(kind) + 1) * sizeof **server->ids;
        server->ids[k] = memory_resize(NULL, bytes);
        memset(server->ids[k], 0, bytes);
    }
    server->show.names.context = server;
    server->show.names.text = text_of;
    server->show.names.profile = profile_of;
}

void server_ids_clear(struct server *server) {
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->ids.count * object_count(kind); i++)
            free(server->ids[k][i].text);
        free(server->ids[k]);
        free(server->exists[k]);
    }
    free(server->ids);
    free(server->exists);
}

bool server_exists(const struct server *server, const struct wire_kind *kind, uint32_t object) {
    return server->exists[kind->index][object];
}

/* The same in another state: looked up in the mapping. */
static bool existed_in(struct server *server, const int32_t *state, const struct wire_kind *kind, uint32_t object) {
    const int32_t *now = server->show.valuation;
    server->show.valuation = state;
    bool exists = kind->exists == NULL || wire_holds(&server->show, kind->exists, object, UINT32_MAX);
    server->show.valuation = now;
    return exists;
}

static void set_text(struct server_id *slot, const char *text) {
    free(slot->text);
    slot->text = text == NULL ? NULL : strdup(text);
    if (text != NULL && slot->text == NULL)
        out_of_memory(strlen(text));
}

/* 17 hexadecimal digits, each time others: the counter, mixed. */
static void make_id(struct server *server, const struct wire_id *id, struct server_id *slot) {
    char text[120];
    uint64_t number = ++server->id_count;
    snprintf(text, sizeof text, "%.60s%01x%016llx", id->prefix, (unsigned)(number & 15),
             (unsigned long long)hash_word(number));
    set_text(slot, text);
}

static void update_one(struct server *server, const struct wire_id *id, uint32_t object, bool exists) {
    struct server_id *slot = server_id(server, id, object);
    bool wanted = exists && (id->exists == NULL || wire_holds(&server->show, id->exists, object, UINT32_MAX));
    int32_t key = 0;
    if (wanted && id->changes != NULL)
        define_values(&server->evaluator, id->changes, &object, server->state, &key);
    if (id->prefix != NULL && wanted && (slot->text == NULL || key != slot->key))
        make_id(server, id, slot);
    else if (!wanted && slot->text != NULL)
        set_text(slot, NULL);
    slot->key = key;
}

void server_ids_update(struct server *server, const int32_t *before) {
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (uint32_t o = 0; o < object_count(kind); o++) {
            size_t at = kind->kind->state_base + (size_t)o * kind->kind->state_width;
            if (before != NULL &&
                memcmp(before + at, server->state + at, kind->kind->state_width * sizeof *before) == 0)
                continue;
            bool exists = existed_in(server, server->state, kind, o);
            server->exists[k][o] = exists;
            for (size_t i = 0; !exists && before != NULL && i < kind->settings.count;
                 i++) { /* the next one is as new */
                const struct field *field = kind->settings.at[i].field;
                int32_t *place = kind->kind->objects.at[o].constants + field->offset, old = *place;
                *place = 0;
                server_log_setting(server, "the object is gone", field, o, old);
            }
            for (size_t i = 0; i < kind->ids.count; i++)
                update_one(server, &kind->ids.at[i], o, exists);
        }
    }
}

/* ---- which object does a call mean? ---- */

/* May a call give the object this id, once it comes into being? */
static bool is_given(const struct wire_id *id) {
    return id->of->exists != NULL && id->form != NULL &&
           (strcmp(id->form, "text") == 0 || strcmp(id->form, "cidr4") == 0);
}

static bool overlaps(const char *one, const char *other) {
    uint32_t base[2], size[2];
    return wire_place_block(one, &base[0], &size[0]) && wire_place_block(other, &base[1], &size[1]) &&
           base[0] < base[1] + size[1] && base[1] < base[0] + size[0];
}

static const char *current_text(struct server *server, const struct wire_id *id, uint32_t object) {
    int32_t other;
    if (id->from == NULL)
        return text_of(server, id, object);
    if (!define_values(&server->evaluator, id->from, &object, server->state, &other) || other < 0)
        return NULL;
    const struct wire_kind *kind = wire_kind(server->wire, id->from->body->type->kind);
    return kind == NULL ? NULL : text_of(server, &kind->ids.at[0], (uint32_t)other);
}

/* An id beside another one of the same object that nothing has any more: it is dead, if the object has none now,
 * either. */
static bool is_dead(struct server *server, const struct wire_match *match, const struct wire_naming *naming,
                    uint32_t object) {
    size_t others = 0;
    for (size_t i = 0; i < match->namings.count; i++)
        others += match->namings.at[i].binding == naming->binding;
    if (others < 2 || naming->id->exists == NULL || server_id(server, naming->id, object)->text != NULL)
        return false;
    for (uint32_t o = 0; o < object_count(naming->id->of); o++) {
        const char *text = server_id(server, naming->id, o)->text;
        if (text != NULL && strcmp(text, naming->text) == 0)
            return false;
    }
    return true;
}

/* 0: not this one; 1: free to become it; 2: it was that before; 3: it is. */
static int rate(struct server *server, const struct wire_match *match, const struct binding *binding,
                const struct wire_kind *kind, uint32_t object, const char *only) {
    bool exists = server_exists(server, kind, object);
    int rating = exists ? 3 : 2;
    for (size_t i = 0; i < match->namings.count; i++) {
        const struct wire_naming *naming = &match->namings.at[i];
        if (naming->binding != binding || (only != NULL && naming->text != only))
            continue;
        const char *text = current_text(server, naming->id, object);
        bool is_block = naming->id->form != NULL && strcmp(naming->id->form, "cidr4") == 0;
        bool same = text != NULL && (strcmp(text, naming->text) == 0 ||
                                     (is_block && exists && kind->exists != NULL && overlaps(text, naming->text)));
        if (same || is_dead(server, match, naming, object))
            continue;
        if (exists || !is_given(naming->id))
            return 0;
        rating = 1;
    }
    return rating;
}

/* The subnet that an object of the rulebook says it is in, for addresses that several subnets have. */
static int32_t subnet_of(const struct server *server, const struct kind *kind, int32_t object) {
    if (object < 0)
        return -1;
    if (strcmp(kind->name, "subnet") == 0)
        return object;
    for (size_t i = 0; i < kind->fields.count; i++) {
        const struct field *field = kind->fields.at[i];
        const struct object *found = &kind->objects.at[object];
        if (strcmp(field->name, "subnet") == 0)
            return field->is_constant
                       ? found->constants[field->offset]
                       : server->state[kind->state_base + (uint32_t)object * kind->state_width + field->offset];
    }
    return -1;
}

static int32_t hint(const struct server *server, const struct wire_match *match) {
    const struct action *action = match->action->action;
    for (size_t p = 0; p < action->parameters.count; p++) {
        const struct binding *binding = action->parameters.at[p];
        if (binding->type->form != TYPE_REF ||
            (strcmp(binding->type->kind->name, "subnet") != 0 && strcmp(binding->type->kind->name, "eni") != 0))
            continue;
        int32_t subnet = subnet_of(server, binding->type->kind, match->arguments[wire_offset(action, binding)]);
        if (subnet >= 0)
            return subnet;
    }
    return -1;
}

/* Ids of nothing: an object that has no such id now stands for them. */
static int32_t find_nothing(struct server *server, const struct wire_kind *kind, const struct wire_id *id) {
    int32_t found = -1;
    for (uint32_t o = 0; o < object_count(kind); o++) {
        bool exists = server_exists(server, kind, o);
        if (!exists)
            return (int32_t)o;
        if (id->exists != NULL && server_id(server, id, o)->text == NULL && found < 0)
            found = (int32_t)o;
    }
    return found;
}

static int32_t find_object(struct server *server, const struct wire_match *match, const struct binding *binding,
                           const struct wire_kind *kind, const char *only, int32_t subnet) {
    int32_t best = -1;
    int best_rating = 0;
    for (uint32_t o = 0; o < object_count(kind); o++) {
        int rating = rate(server, match, binding, kind, o, only) * 4;
        if (rating == 0)
            continue;
        int32_t own = subnet_of(server, kind->kind, (int32_t)o);
        const struct wire_kind *subnets =
            own < 0 ? NULL : wire_kind(server->wire, rulebook_kind(server->rulebook, "subnet"));
        if (kind->exists == NULL && subnets != NULL) /* an address: one of the subnet that the call is about */
            rating += own == subnet ? 2 : server_exists(server, subnets, (uint32_t)own) ? 1 : 0;
        if (rating > best_rating) {
            best = (int32_t)o;
            best_rating = rating;
        }
    }
    return best;
}

static bool find_one(struct server *server, struct wire_match *match, const struct wire_naming *naming, int32_t subnet,
                     const char **unknown) {
    const struct wire_kind *kind = naming->id->of;
    bool is_set = naming->binding->type->form == TYPE_SET;
    uint32_t base, size;
    if (is_given(naming->id) && strcmp(naming->id->form, "cidr4") == 0 &&
        !wire_place_block(naming->text, &base, &size)) /* no object can have it */
        return false;
    int32_t object = find_object(server, match, naming->binding, kind, is_set ? naming->text : NULL, subnet);
    if (object < 0 && kind->exists != NULL)
        object = find_nothing(server, kind, naming->id);
    if (object < 0) {
        *unknown = naming->id->unknown != NULL ? naming->id->unknown : kind->ids.at[0].unknown;
        return false;
    }
    int32_t *argument = match->arguments + wire_offset(match->action->action, naming->binding);
    if (is_set)
        argument[object] = 1;
    else
        *argument = object;
    return true;
}

bool server_find_objects(struct server *server, struct wire_match *match, const char **unknown) {
    *unknown = NULL;
    for (int pass = 0; pass < 2; pass++) { /* addresses last: the others say in which subnet */
        int32_t subnet = pass == 0 ? -1 : hint(server, match);
        for (size_t i = 0; i < match->namings.count; i++) {
            const struct wire_naming *naming = &match->namings.at[i];
            if ((naming->id->of->exists == NULL) == (pass == 1) && !find_one(server, match, naming, subnet, unknown))
                return false;
        }
    }
    return true;
}

void server_adopt(struct server *server, const struct wire_match *match, const int32_t *before) {
    const struct action *action = match->action->action;
    for (size_t i = 0; i < match->namings.count; i++) {
        const struct wire_naming *naming = &match->namings.at[i];
        if (!is_given(naming->id) || naming->binding->type->form != TYPE_REF)
            continue;
        uint32_t object = (uint32_t)match->arguments[wire_offset(action, naming->binding)];
        const struct wire_kind *kind = naming->id->of;
        if (existed_in(server, before, kind, object) || !server_exists(server, kind, object))
            continue;
        if (strcmp(naming->id->form, "cidr4") == 0)
            wire_place_move(server->places, kind, object, naming->text);
        else
            set_text(server_id(server, naming->id, object), naming->text);
    }
}
