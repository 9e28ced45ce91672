/* wire/http.h -- an HTTP/1.1 listener with limits; the one door of libmicrohttpd.
 *
 * One thread serves all connections, so the handler is never called twice at once.  A request has nothing to do with
 * files: its path does not matter, its body goes to the handler. */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct http; /* opaque */

struct http_answer {
    int status;
    char *body; /* from the heap; taken */
    size_t bytes;
};

/* The parameters of a call: the body of a POST, or what a GET has behind the '?'. */
typedef struct http_answer (*http_handler)(void *context, const char *body, size_t bytes);

/* `address` is numeric ("127.0.0.1", "::1"); port 0: any that is free.  NULL: `problem` says why. */
struct http *http_start(const char *address, unsigned port, http_handler handler, void *context, char *problem,
                        size_t problem_bytes);
unsigned http_port(const struct http *http);
/* Answers what has come, and ends. */
void http_stop(struct http *http);

#endif
