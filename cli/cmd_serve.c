/* enimc serve: the rulebook as an EC2 endpoint. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/work.h"
#include "wire/http.h"
#include "wire/server.h"

#define DEFAULT_LISTEN "127.0.0.1:5000"
#define SAVE_SECONDS 1.0

struct service {
    const struct options *options;
    struct server *server;
    uint64_t saved_changes;
    double saved_s;
    bool save_failed;
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Beside the file first, then in its place: whatever happens, one of the two states is there. */
static bool save(struct service *service) {
    const char *path = service->options->state;
    char part[4200];
    snprintf(part, sizeof part, "%s.part", path);
    struct jtree *state = server_save(service->server);
    FILE *out = fopen(part, "w");
    bool good = out != NULL && jtree_write(state, out, 0) && fputc('\n', out) != EOF && fflush(out) == 0 &&
                fsync(fileno(out)) == 0;
    good = (out == NULL || fclose(out) == 0) && good && rename(part, path) == 0;
    jtree_free(state);
    if (!good && !service->save_failed)
        fprintf(stderr, "enimc: %s: cannot be written: %s\n", path, strerror(errno));
    service->save_failed = !good;
    service->saved_changes = server_changes(service->server);
    service->saved_s = seconds();
    return good;
}

static struct http_answer handle(void *context, const char *body, size_t bytes) {
    struct service *service = context;
    double now = seconds();
    struct server_answer answer = server_call(service->server, body, bytes, now);
    if (service->options->state != NULL && server_changes(service->server) != service->saved_changes &&
        now - service->saved_s > SAVE_SECONDS)
        save(service);
    return (struct http_answer){answer.status, answer.body, answer.bytes};
}

/* A state of an earlier run, if there is one.  False after a message. */
static bool load(struct service *service) {
    const char *path = service->options->state;
    FILE *in = path == NULL ? NULL : fopen(path, "rb");
    if (in == NULL) {
        if (path == NULL || errno == ENOENT)
            return true;
        fprintf(stderr, "enimc: %s: cannot be read: %s\n", path, strerror(errno));
        return false;
    }
    VEC(char) text = {0};
    size_t got = 1;
    while (got > 0 && text.count <= LIMIT_FILE_BYTES) {
        vec_reserve(&text, text.count + 65536);
        got = fread(text.at + text.count, 1, text.room - text.count, in);
        text.count += got;
    }
    fclose(in);
    char problem[200] = "too large";
    struct jtree *saved =
        text.count > LIMIT_FILE_BYTES ? NULL : jtree_read(text.at, text.count, problem, sizeof problem);
    bool good = saved != NULL && server_load(service->server, saved, problem, sizeof problem);
    if (!good)
        fprintf(stderr, "enimc: %s: %s\n", path, problem);
    jtree_free(saved);
    vec_free(&text);
    return good;
}

/* The log of this run, begun anew.  False after a message. */
static bool open_log(struct service *service, FILE **log) {
    const char *path = service->options->log;
    if (path == NULL)
        return true;
    errno = 0;
    *log = fopen(path, "w");
    if (*log != NULL && server_log_to(service->server, *log))
        return true;
    fprintf(stderr, "enimc: %s: cannot be written: %s\n", path, strerror(errno));
    return false;
}

/* "127.0.0.1:5000" or "[::1]:5000" */
static bool read_listen(const char *text, char address[64], unsigned *port) {
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text), start = 0;
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        start = 1;
        length -= 2;
    }
    if (colon == NULL || length == 0 || length >= 64 || colon[1] == '\0' ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5 ||
        strtoul(colon + 1, NULL, 10) > 65535) {
        fprintf(stderr, "enimc: --listen: expected ADDRESS:PORT, such as %s, found '%s'\n", DEFAULT_LISTEN, text);
        return false;
    }
    memcpy(address, text + start, length);
    address[length] = '\0';
    *port = (unsigned)strtoul(colon + 1, NULL, 10);
    return true;
}

/* Until SIGTERM or SIGINT. */
static enum exit_status serve(struct service *service, const char *address, unsigned port) {
    char problem[200];
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before the listener's thread, which inherits it */
    signal(SIGPIPE, SIG_IGN);
    struct http *http = http_start(address, port, handle, service, problem, sizeof problem);
    if (http == NULL) {
        fprintf(stderr, "enimc: %s:%u: %s\n", address, port, problem);
        return EXIT_BAD_INPUT;
    }
    if (!service->options->quiet) {
        bool is_new = strchr(address, ':') != NULL;
        printf("serving on http://%s%s%s:%u/\n", is_new ? "[" : "", address, is_new ? "]" : "", http_port(http));
        fflush(stdout);
    }
    sigwait(&signals, &number);
    http_stop(http);
    bool good = service->options->state == NULL || save(service);
    if (server_log_failed(service->server))
        fprintf(stderr, "enimc: %s: the log could not be written\n", service->options->log);
    good = good && !server_log_failed(service->server);
    return good ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

static int run_serve(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    char bundled[4200], folder[4200], address[64];
    unsigned port;
    struct service service = {.options = options};
    snprintf(bundled, sizeof bundled, "%s/ec2/wire/account.yaml", options->library);
    snprintf(folder, sizeof folder, "%s/ec2/wire", options->library);
    if (!read_listen(options->listen != NULL ? options->listen : DEFAULT_LISTEN, address, &port))
        return (int)status;
    struct rulebook *rulebook = work_read(options, options->inputs.count > 0 ? options->inputs.at[0] : bundled, &diags);
    struct wire *wire = NULL;
    if (rulebook != NULL && !wire_applies(rulebook))
        fprintf(stderr, "enimc: %s: expected a spec that includes ec2/kinds.yaml: only EC2 has a mapping to an API\n",
                rulebook->path);
    else if (rulebook != NULL)
        wire = wire_read(folder, rulebook, &diags);
    if (wire != NULL)
        service.server = server_new(rulebook, wire, options->latency_seconds, &diags);
    work_report(&diags, options);
    if (service.server != NULL && options->empty)
        server_empty(service.server);
    FILE *log = NULL;
    if (service.server != NULL && load(&service) && open_log(&service, &log))
        status = serve(&service, address, port);
    if (log != NULL)
        fclose(log);
    server_free(service.server);
    wire_free(wire);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_serve = {
    .name = "serve",
    .arguments = "[SPEC]",
    .summary = "Answers EC2 API calls over HTTP as the rulebook says, until SIGTERM",
    .flag = ON_SERVE,
    .max_inputs = 1,
    .run = run_serve,
};
