#include "replay/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define MOST_ANSWER_BYTES (32u * 1024 * 1024)
#define CONNECT_SECONDS 5L
#define SAMPLES 12 /* latencies on a kept connection that decide whether it is worth keeping */

struct client {
    CURL *curl;
    struct curl_slist *headers;
    VEC(char) body;
    bool is_too_large, no_keepalive, is_reconnecting;
    size_t calls, sample_count;
    double samples[SAMPLES];
};

bool client_begin(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }
void client_end(void) { curl_global_cleanup(); }

static size_t on_body(char *data, size_t size, size_t count, void *context) {
    struct client *client = context;
    size_t bytes = size * count;
    if (client->body.count + bytes > MOST_ANSWER_BYTES) {
        client->is_too_large = true;
        return 0;
    }
    vec_reserve(&client->body, client->body.count + bytes + 1);
    memcpy(client->body.at + client->body.count, data, bytes);
    client->body.count += bytes;
    return bytes;
}

/* Is it this very machine?  Then no proxy stands between. */
static bool is_loopback(const char *endpoint) {
    const char *host = strstr(endpoint, "://");
    static const char *const names[] = {"127.", "localhost", "[::1]"};
    for (size_t i = 0; host != NULL && i < ARRAY_SIZE(names); i++)
        if (strncmp(host + 3, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static void use_new_connections(struct client *client) {
    client->is_reconnecting = true;
    curl_easy_setopt(client->curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(client->curl, CURLOPT_FORBID_REUSE, 1L);
}

struct client *client_new(const struct client_options *options, char *problem, size_t problem_bytes) {
    char user[300], provider[200];
    if (strncmp(options->endpoint, "http://", 7) != 0 && strncmp(options->endpoint, "https://", 8) != 0) {
        snprintf(problem, problem_bytes, "expected http://HOST:PORT or https://HOST, found '%.150s'",
                 options->endpoint);
        return NULL;
    }
    struct client *client = memory_resize(NULL, sizeof *client);
    *client = (struct client){.curl = curl_easy_init(), .no_keepalive = options->no_keepalive};
    snprintf(user, sizeof user, "%s:%s", options->key, options->secret);
    snprintf(provider, sizeof provider, "aws:amz:%s:ec2", options->region);
    client->headers = curl_slist_append(client->headers, "Content-Type: application/x-www-form-urlencoded");
    client->headers = curl_slist_append(client->headers, "Expect:");
    if (options->header != NULL)
        client->headers = curl_slist_append(client->headers, options->header);
    CURL *curl = client->curl;
    bool good = curl != NULL && curl_easy_setopt(curl, CURLOPT_URL, options->endpoint) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, provider) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_USERPWD, user) == CURLE_OK;
    if (!good) {
        snprintf(problem, problem_bytes, "this libcurl cannot sign requests (%s; 7.85 or newer is needed)",
                 curl_version());
        client_free(client);
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "enimc");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(options->timeout_s * 1000));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    if (is_loopback(options->endpoint))
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (client->no_keepalive)
        use_new_connections(client);
    return client;
}

void client_free(struct client *client) {
    if (client == NULL)
        return;
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->headers);
    vec_free(&client->body);
    free(client);
}

static int compare_doubles(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Calls on a kept connection that take about 40 ms are ones in which somebody waits for an acknowledgement. */
static void watch_latency(struct client *client) {
    double total = 0;
    long connections = 1;
    if (client->is_reconnecting || client->sample_count == SAMPLES)
        return;
    curl_easy_getinfo(client->curl, CURLINFO_TOTAL_TIME, &total);
    curl_easy_getinfo(client->curl, CURLINFO_NUM_CONNECTS, &connections);
    if (connections > 0)
        return;
    client->samples[client->sample_count++] = total;
    if (client->sample_count < SAMPLES)
        return;
    qsort(client->samples, SAMPLES, sizeof *client->samples, compare_doubles);
    if (client->samples[SAMPLES / 2] > 0.038 && client->samples[SAMPLES / 2] < 0.050)
        use_new_connections(client);
}

void client_post(struct client *client, const char *form, struct client_answer *answer) {
    long status = 0;
    *answer = (struct client_answer){0};
    client->body.count = 0;
    client->is_too_large = false;
    client->calls++;
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, form);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(form));
    CURLcode end = curl_easy_perform(client->curl);
    if (end != CURLE_OK) {
        snprintf(answer->problem, sizeof answer->problem, "%s",
                 client->is_too_large ? "the answer is too large" : curl_easy_strerror(end));
        return;
    }
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    vec_push(&client->body, '\0');
    answer->status = (int)status;
    answer->body = client->body.at;
    answer->bytes = client->body.count - 1;
    watch_latency(client);
}

size_t client_calls(const struct client *client) { return client->calls; }
bool client_is_reconnecting(const struct client *client) { return client->is_reconnecting; }
