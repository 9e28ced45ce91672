/* Calls of the EC2 Query API as fast as a server answers them:
 *
 *     http_load PORT SECONDS CONNECTIONS BODY...
 *
 * Each connection to 127.0.0.1 is kept alive, if the server does, and has one call under way; the bodies take turns.
 * Prints calls per second, and how many answers were not 200.  Exit status 1: the server broke a connection off, or
 * stopped answering. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 256
#define ANSWER_BYTES (256 * 1024)

struct connection {
    int socket;
    size_t got;
    char *answer;
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int connect_to(unsigned port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int one = 1, number = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (number < 0 || connect(number, (const struct sockaddr *)&address, sizeof address) != 0) {
        perror("http_load");
        exit(1);
    }
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return number;
}

static void send_call(struct connection *connection, const char *body, unsigned port) {
    char request[8192];
    int length = snprintf(request, sizeof request,
                          "POST / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                          "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                          "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request, "
                          "SignedHeaders=host, Signature=0\r\nContent-Length: %zu\r\n\r\n%s",
                          port, strlen(body), body);
    if (length >= (int)sizeof request || write(connection->socket, request, (size_t)length) != length) {
        fprintf(stderr, "http_load: the call cannot be sent\n");
        exit(1);
    }
    connection->got = 0;
}

/* Is the answer whole?  It has a Content-Length. */
static bool is_whole(struct connection *connection, bool *is_good) {
    connection->answer[connection->got] = '\0';
    const char *end = strstr(connection->answer, "\r\n\r\n"), *at = connection->answer;
    if (end == NULL)
        return false;
    while (at < end && strncasecmp(at, "Content-Length:", 15) != 0)
        at = strstr(at, "\r\n") + 2;
    if (at >= end) {
        fprintf(stderr, "http_load: an answer without a length: %.80s\n", connection->answer);
        exit(1);
    }
    *is_good = strncmp(connection->answer + 9, "200", 3) == 0;
    return connection->got >= (size_t)(end - connection->answer) + 4 + strtoul(at + 15, NULL, 10);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: http_load PORT SECONDS CONNECTIONS BODY...\n");
        return 2;
    }
    unsigned port = (unsigned)strtoul(argv[1], NULL, 10), next = 0, bodies = (unsigned)argc - 4;
    double lasting = strtod(argv[2], NULL);
    size_t count = strtoul(argv[3], NULL, 10), calls = 0, refused = 0;
    struct connection list[MOST_CONNECTIONS];
    struct pollfd polled[MOST_CONNECTIONS];
    if (count == 0 || count > MOST_CONNECTIONS)
        return 2;
    for (size_t i = 0; i < count; i++) {
        list[i] = (struct connection){.socket = connect_to(port), .answer = malloc(ANSWER_BYTES + 1)};
        polled[i] = (struct pollfd){.fd = list[i].socket, .events = POLLIN};
        send_call(&list[i], argv[4 + next++ % bodies], port);
    }
    double start = seconds();
    while (seconds() - start < lasting) {
        if (poll(polled, (nfds_t)count, 10000) <= 0) {
            fprintf(stderr, "http_load: no answer in 10 s\n");
            return 1;
        }
        for (size_t i = 0; i < count; i++) {
            bool is_good = false;
            if (polled[i].revents == 0)
                continue;
            ssize_t got = read(list[i].socket, list[i].answer + list[i].got, ANSWER_BYTES - list[i].got);
            if (got <= 0) {
                fprintf(stderr, "http_load: the connection was closed\n");
                return 1;
            }
            list[i].got += (size_t)got;
            if (!is_whole(&list[i], &is_good))
                continue;
            calls++;
            refused += !is_good;
            if (strstr(list[i].answer, "Connection: close") != NULL) {
                close(list[i].socket);
                polled[i].fd = list[i].socket = connect_to(port);
            }
            send_call(&list[i], argv[4 + next++ % bodies], port);
        }
    }
    printf("%.0f calls/s, %zu calls, %zu answers that were not 200\n", (double)calls / (seconds() - start), calls,
           refused);
    for (size_t i = 0; i < count; i++) {
        close(list[i].socket);
        free(list[i].answer);
    }
    return 0;
}
