#include <fnmatch.h>
#include <string.h>

#include "wire/server_internal.h"

const struct wire_kind *server_described(const struct server *server, const struct wire_operation *operation) {
    for (size_t k = 0; k < server->wire->kinds.count; k++)
        if (server->wire->kinds.at[k]->describe == operation)
            return server->wire->kinds.at[k];
    return NULL;
}

static bool fits_text(const char *pattern, const struct jtree *value) {
    char number[24];
    const char *text = jtree_string(value);
    if (jtree_type(value) == JTREE_BOOL)
        text = jtree_truth(value) ? "true" : "false";
    if (jtree_type(value) == JTREE_NUMBER) {
        snprintf(number, sizeof number, "%lld", (long long)jtree_integer(value));
        text = number;
    }
    return text != NULL && fnmatch(pattern, text, 0) == 0;
}

/* Does some value at "Groups.GroupId" fit? */
static bool fits_path(const struct jtree *tree, const char *path, const char *pattern) {
    if (jtree_type(tree) == JTREE_LIST) {
        for (size_t i = 0; i < jtree_count(tree); i++)
            if (fits_path(jtree_at(tree, i), path, pattern))
                return true;
        return false;
    }
    if (*path == '\0')
        return fits_text(pattern, tree);
    char name[80];
    size_t length = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)length, path);
    const struct jtree *inner = jtree_type(tree) == JTREE_OBJECT ? jtree_get(tree, name) : NULL;
    return inner != NULL && fits_path(inner, path + length + (path[length] == '.'), pattern);
}

static const struct wire_filter *find_filter(const struct wire_kind *kind, const char *name) {
    for (size_t i = 0; name != NULL && i < kind->filters.count; i++)
        if (strcmp(kind->filters.at[i].name, name) == 0)
            return &kind->filters.at[i];
    return NULL;
}

static bool fits_filters(const struct wire_kind *kind, const struct jtree *filters, const struct jtree *view) {
    for (size_t i = 0; i < jtree_count(filters); i++) {
        const struct jtree *filter = jtree_at(filters, i), *values = jtree_get(filter, "Values");
        const struct wire_filter *known = find_filter(kind, jtree_string(jtree_get(filter, "Name")));
        bool fits = false;
        for (size_t v = 0; v < jtree_count(values) && !fits; v++)
            fits = fits_path(view, known->path, jtree_string(jtree_at(values, v)));
        if (!fits)
            return false;
    }
    return true;
}

static bool is_asked(const struct jtree *ids, const char *id) {
    for (size_t i = 0; i < jtree_count(ids); i++)
        if (id != NULL && strcmp(jtree_string(jtree_at(ids, i)), id) == 0)
            return true;
    return jtree_count(ids) == 0;
}

/* Is everything that is asked for there, and every filter known? */
static bool is_good(struct server *server, const struct wire_kind *kind, const struct jtree *ids,
                    const struct jtree *filters, const char **code, const char **message) {
    for (size_t i = 0; i < jtree_count(ids); i++) {
        bool found = false;
        for (uint32_t o = 0; o < kind->kind->objects.count && !found; o++) {
            const char *text = server->show.names.text(server, &kind->ids.at[0], o);
            found = text != NULL && strcmp(text, jtree_string(jtree_at(ids, i))) == 0 && server_exists(server, kind, o);
        }
        if (!found) {
            *code = kind->ids.at[0].unknown != NULL ? kind->ids.at[0].unknown : "InvalidParameterValue";
            *message = arena_format(&server->arena, "The ID '%.100s' does not exist", jtree_string(jtree_at(ids, i)));
            return false;
        }
    }
    for (size_t i = 0; i < jtree_count(filters); i++) {
        const char *name = jtree_string(jtree_get(jtree_at(filters, i), "Name"));
        if (find_filter(kind, name) == NULL) {
            *code = "InvalidParameterValue";
            *message = arena_format(&server->arena, "The filter '%.100s' is invalid, or not modelled",
                                    name == NULL ? "" : name);
            return false;
        }
    }
    return true;
}

/* ---- views, made once for each state ---- */

void server_views_init(struct server *server) {
    server->views = memory_resize(NULL, (server->wire->kinds.count + 1) * sizeof *server->views);
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        size_t bytes = (server->wire->kinds.at[k]->kind->objects.count + 1) * sizeof **server->views;
        server->views[k] = memset(memory_resize(NULL, bytes), 0, bytes);
    }
}

void server_views_clear(struct server *server) {
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        for (size_t o = 0; o < server->wire->kinds.at[k]->kind->objects.count; o++) {
            jtree_free(server->views[k][o].tree);
            vec_free(&server->views[k][o].xml);
        }
        free(server->views[k]);
    }
    free(server->views);
}

static const struct server_view *view_of(struct server *server, const struct wire_kind *kind,
                                         const struct wire_type *type, uint32_t object) {
    struct server_view *view = &server->views[kind->index][object];
    if (view->changes == server->changes + 1)
        return view;
    jtree_free(view->tree);
    view->tree = wire_view(&server->show, kind, object);
    view->xml.count = 0;
    wire_answer_value_xml(type, view->tree, &view->xml);
    view->changes = server->changes + 1;
    return view;
}

/* The members on the way to the list: "Reservations.Instances" is a list of lists, each object alone in one. */
static const struct wire_member *list_members(const struct wire_kind *kind, const struct wire_member **inner) {
    char name[80];
    const char *dot = strchr(kind->describe_list, '.');
    snprintf(name, sizeof name, "%.*s", (int)strcspn(kind->describe_list, "."), kind->describe_list);
    const struct wire_member *outer = wire_member(&kind->describe->output, name);
    *inner = dot == NULL ? NULL : wire_member(outer->type.structure, dot + 1);
    return outer;
}

bool server_describe(struct server *server, const struct wire_kind *kind, const struct jtree *request, wire_text *out,
                     const char **code, const char **message) {
    const struct jtree *ids = jtree_get(request, kind->describe_ids->name), *filters = jtree_get(request, "Filters");
    const struct wire_member *inner, *outer = list_members(kind, &inner);
    struct wire_type type = {WIRE_STRUCTURE, false, inner != NULL ? inner->type.structure : outer->type.structure};
    if (!is_good(server, kind, ids, filters, code, message))
        return false;
    wire_text_tag(out, "<", outer->answer_name);
    for (uint32_t o = 0; o < kind->kind->objects.count; o++) {
        if (!server_exists(server, kind, o) || !is_asked(ids, server->show.names.text(server, &kind->ids.at[0], o)))
            continue;
        const struct server_view *view = view_of(server, kind, &type, o);
        if (!fits_filters(kind, filters, view->tree))
            continue;
        wire_text_put(out, "<item>");
        if (inner != NULL) {
            wire_text_tag(out, "<", inner->answer_name);
            wire_text_put(out, "<item>");
        }
        wire_text_bytes(out, view->xml.at, view->xml.count);
        if (inner != NULL) {
            wire_text_put(out, "</item>");
            wire_text_tag(out, "</", inner->answer_name);
        }
        wire_text_put(out, "</item>");
    }
    wire_text_tag(out, "</", outer->answer_name);
    return true;
}

/* ---- settings ---- */

static const struct jtree *at_path(const struct jtree *tree, const char *path) {
    while (tree != NULL && *path != '\0') {
        char name[80];
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        tree = jtree_get(tree, name);
        path += length + (path[length] == '.');
    }
    return tree;
}

static int32_t find_by_id(struct server *server, const struct wire_kind *kind, const char *wanted) {
    for (uint32_t o = 0; wanted != NULL && o < kind->kind->objects.count; o++) {
        const char *text = server->show.names.text(server, &kind->ids.at[0], o);
        if (text != NULL && strcmp(text, wanted) == 0 && server_exists(server, kind, o))
            return (int32_t)o;
    }
    return -1;
}

struct jtree *server_set(struct server *server, const struct wire_operation *operation, const struct jtree *request,
                         const char **code) {
    bool is_setting = false;
    *code = NULL;
    for (size_t k = 0; k < server->wire->kinds.count && *code == NULL; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->settings.count && *code == NULL; i++) {
            const struct wire_setting *setting = &kind->settings.at[i];
            if (setting->operation != operation)
                continue;
            is_setting = true;
            const struct jtree *value = at_path(request, setting->path);
            int32_t object = find_by_id(server, kind, jtree_string(jtree_get(request, setting->object->name)));
            if (object < 0)
                *code = kind->ids.at[0].unknown;
            else if (value != NULL) {
                int32_t *place = kind->kind->objects.at[object].constants + setting->field->offset, before = *place;
                *place = jtree_truth(value);
                server_log_setting(server, operation->name, setting->field, (uint32_t)object, before);
            }
            server->changes += object >= 0 && value != NULL;
        }
    }
    return is_setting && *code == NULL ? jtree_object() : NULL;
}
