#include "wire/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define MOST_BODY_BYTES (256u * 1024)
#define MOST_CONNECTIONS 512u
#define CONNECTION_BYTES (32u * 1024) /* headers and buffers of one */
#define IDLE_SECONDS 15u

struct http {
    struct MHD_Daemon *daemon;
    http_handler handler;
    void *context;
};

/* A request on its way: what stands behind the '?' of a GET, the body of a POST. */
struct upload {
    VEC(char) body;
    bool has_begun, is_too_large;
};

static void append(struct upload *upload, const char *data, size_t bytes) {
    upload->is_too_large = upload->is_too_large || upload->body.count + bytes > MOST_BODY_BYTES;
    if (upload->is_too_large) { /* what is too much is read, and forgotten at once */
        vec_free(&upload->body);
        return;
    }
    vec_reserve(&upload->body, upload->body.count + bytes);
    memcpy(upload->body.at + upload->body.count, data, bytes);
    upload->body.count += bytes;
}

/* Before anything is decoded. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection) {
    struct upload *upload = memory_resize(NULL, sizeof *upload);
    const char *query = strchr(uri, '?');
    (void)context, (void)connection;
    *upload = (struct upload){0};
    if (query != NULL)
        append(upload, query + 1, strlen(query + 1));
    return upload;
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct http_answer answer) {
    struct MHD_Response *response = MHD_create_response_from_buffer(answer.bytes, answer.body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(answer.body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "text/xml;charset=UTF-8");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, int status, const char *code, const char *message) {
    struct http_answer answer = {.status = status, .body = memory_resize(NULL, 400)};
    answer.bytes = (size_t)snprintf(answer.body, 400,
                                    "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors>"
                                    "<RequestID>0</RequestID></Response>\n",
                                    code, message);
    return respond(connection, answer);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *bytes, void **state) {
    struct http *http = context;
    struct upload *upload = *state;
    (void)url, (void)version;
    if (!upload->has_begun) {
        const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
        bool is_post = strcmp(method, "POST") == 0;
        upload->has_begun = true;
        if (!is_post && strcmp(method, "GET") != 0)
            return refuse(connection, 405, "InvalidRequest",
                          "expected a GET, or a POST of application/x-www-form-urlencoded");
        if (is_post)
            upload->body.count = 0;
        if (length != NULL && (strlen(length) > 9 || strtoul(length, NULL, 10) > MOST_BODY_BYTES))
            return refuse(connection, 413, "RequestEntityTooLarge", "the request is too large");
        return MHD_YES;
    }
    if (*bytes > 0) {
        append(upload, data, *bytes);
        *bytes = 0;
        return MHD_YES;
    }
    if (upload->is_too_large)
        return refuse(connection, 413, "RequestEntityTooLarge", "the request is too large");
    return respond(connection,
                   http->handler(http->context, upload->body.count == 0 ? "" : upload->body.at, upload->body.count));
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode code) {
    struct upload *upload = *state;
    (void)context, (void)connection, (void)code;
    if (upload != NULL)
        vec_free(&upload->body);
    free(upload);
    *state = NULL;
}

/* libmicrohttpd talks of broken requests; nobody is there to read it. */
static void be_quiet(void *context, const char *format, va_list arguments) {
    (void)context, (void)format, (void)arguments;
}

struct http *http_start(const char *address, unsigned port, http_handler handler, void *context, char *problem,
                        size_t problem_bytes) {
    struct sockaddr_in six_bytes = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 sixteen_bytes = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    bool is_new = inet_pton(AF_INET6, address, &sixteen_bytes.sin6_addr) == 1;
    if (!is_new && inet_pton(AF_INET, address, &six_bytes.sin_addr) != 1) {
        snprintf(problem, problem_bytes, "'%s' is no numeric address", address);
        return NULL;
    }
    struct http *http = memory_resize(NULL, sizeof *http);
    *http = (struct http){NULL, handler, context};
    const struct sockaddr *socket = is_new ? (const void *)&sixteen_bytes : (const void *)&six_bytes;
    errno =
        0; /* poll, not epoll: that stops listening for good when 2000 clients come at once (libmicrohttpd 0.9.75) */
    http->daemon = MHD_start_daemon(
        MHD_USE_POLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG | (is_new ? MHD_USE_IPv6 : 0u),
        (uint16_t)port, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_SOCK_ADDR,
        socket, MHD_OPTION_CONNECTION_LIMIT, MOST_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED, on_end,
        NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    if (http->daemon != NULL)
        return http;
    snprintf(problem, problem_bytes, "%s", errno != 0 ? strerror(errno) : "the listener could not be started");
    free(http);
    return NULL;
}

unsigned http_port(const struct http *http) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

void http_stop(struct http *http) {
    if (http == NULL)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
