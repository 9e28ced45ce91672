/* The log of a server: what happened, as the steps of a run (solver/run_log.h reads it). */
#include "model/step_json.h"
#include "wire/server_internal.h"

static void put_line(struct server *server, struct jtree *line) {
    server->log_has_failed = !jtree_write(line, server->log, 0) || fflush(server->log) != 0 || server->log_has_failed;
    jtree_free(line);
}

/* The constant attributes that some operation sets, where they are not what the spec says. */
static void add_settings(const struct server *server, struct jtree *changes) {
    size_t at = 0;
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->settings.count; i++)
            for (uint32_t o = 0; o < kind->kind->objects.count; o++, at++) {
                const struct field *field = kind->settings.at[i].field;
                const int32_t *now = kind->kind->objects.at[o].constants + field->offset;
                if (*now != server->first_settings[at])
                    change_json(server->rulebook, field, o, &server->first_settings[at], now, changes);
            }
    }
}

bool server_log_to(struct server *server, FILE *out) {
    int32_t *start = memory_resize(NULL, (server->rulebook->state_width + 1) * sizeof *start);
    bool good = eval_initial(&server->evaluator, start);
    server->log = out;
    if (good) {
        struct jtree *line = jtree_object(), *changes = changes_json(server->rulebook, start, server->state);
        add_settings(server, changes);
        jtree_put(line, "format", jtree_text("enimc-run"));
        jtree_put(line, "spec", jtree_text(server->rulebook->path));
        jtree_put(line, "sha256", jtree_text(server->rulebook->sha256));
        jtree_put(line, "changes", changes);
        put_line(server, line);
    }
    free(start);
    return good && !server->log_has_failed;
}

bool server_log_failed(const struct server *server) { return server->log_has_failed; }

void server_log_step(struct server *server, const struct action *action, const int32_t *arguments, const char *response,
                     const int32_t *before, const int32_t *after) {
    if (server->log != NULL)
        put_line(server, step_json(server->rulebook, action, arguments, after != NULL, response, before, after));
}

void server_log_setting(struct server *server, const char *by, const struct field *field, uint32_t object,
                        int32_t before) {
    const int32_t *now = field->kind->objects.at[object].constants + field->offset;
    if (server->log == NULL || *now == before)
        return;
    struct jtree *line = jtree_object(), *changes = jtree_object();
    change_json(server->rulebook, field, object, &before, now, changes);
    jtree_put(line, "set", jtree_text(by));
    jtree_put(line, "changes", changes);
    put_line(server, line);
}
