/* The parameters of requests, and what the server makes of them: one request a line, from the state at the start. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static double now_s;
    struct server *server = fuzz_server();
    const char *text = (const char *)data, *end = text + bytes;
    while (text < end) {
        const char *next = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((next == NULL ? end : next) - text);
        now_s += 1;
        struct server_answer answer = server_call(server, text, length, now_s);
        if (answer.bytes == 0 || memchr(answer.body, '\0', answer.bytes) != NULL)
            abort();
        free(answer.body);
        text += length + 1;
    }
    return 0;
}
