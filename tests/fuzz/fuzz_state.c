/* The reader of the server's saved states, and calls in what it takes for one. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/jtree.h"
#include "tests/fuzz/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static const char *const calls[] = {"Action=DescribeNetworkInterfaces", "Action=DescribeSubnets",
                                        "Action=CreateVpc&CidrBlock=10.9.0.0/16", "Action=DescribeAddresses"};
    struct server *server = fuzz_server();
    char problem[200];
    struct jtree *saved = jtree_read((const char *)data, bytes, problem, sizeof problem);
    if (saved != NULL && server_load(server, saved, problem, sizeof problem)) {
        for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
            free(server_call(server, calls[i], strlen(calls[i]), 1).body);
        jtree_free(server_save(server));
    }
    jtree_free(saved);
    return 0;
}
