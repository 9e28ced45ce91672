#include "tests/fuzz/server.h"

#include <stdlib.h>

#include "base/jtree.h"

struct server *fuzz_server(void) {
    static struct diags diags;
    static struct rulebook *rulebook;
    static struct wire *wire;
    static struct server *server;
    static struct jtree *start;
    char problem[200];
    if (server == NULL) {
        rulebook = rulebook_read("tests/fuzz/world.yaml", "specs", NULL, 0, &diags);
        wire = rulebook == NULL ? NULL : wire_read("specs/ec2/wire", rulebook, &diags);
        server = wire == NULL ? NULL : server_new(rulebook, wire, 0, &diags);
        diags_print(&diags, stderr, false);
        if (server == NULL)
            abort();
        start = server_save(server);
    }
    if (!server_load(server, start, problem, sizeof problem))
        abort();
    return server;
}
