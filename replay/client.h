/* replay/client.h -- signed POST requests to one endpoint; the one door of libcurl.
 *
 * A client is one connection, which is kept.  Some servers answer the second request of a connection 40 ms late (their
 * end of Nagle's algorithm waits for our delayed acknowledgement); where that shows, each call gets a new one. */
#ifndef REPLAY_CLIENT_H
#define REPLAY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client; /* opaque; of one thread at a time */

struct client_options {
    const char *endpoint;              /* http://… or https://… */
    const char *region, *key, *secret; /* of the signature (AWS Signature Version 4) */
    const char *header;                /* a further one, "name: value", or NULL */
    double timeout_s;                  /* of a call */
    bool no_keepalive;
};

struct client_answer {
    int status; /* 0: there was none; `problem` says why */
    char *body; /* lent until the next call */
    size_t bytes;
    char problem[256];
};

/* Once, before the first and after the last client.  False: libcurl cannot be used. */
bool client_begin(void);
void client_end(void);
/* NULL: `problem` says what is wrong with the endpoint. */
struct client *client_new(const struct client_options *options, char *problem, size_t problem_bytes);
void client_free(struct client *client);
void client_post(struct client *client, const char *form, struct client_answer *answer);
size_t client_calls(const struct client *client);
bool client_is_reconnecting(const struct client *client); /* a new connection for each call */

#endif
