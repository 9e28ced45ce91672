/* Go: go/vectors_test.go, the same for every suite, and the calls as data that it embeds. */
#include <string.h>

#include "base/jtree.h"
#include "vectors/calls.h"
#include "vectors/format.h"
#include "vectors/runner.h"

static void write_go(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                     struct suite_files *files) {
    static const char module[] = "module vectors\n\ngo 1.18\n";
    char *text;
    size_t bytes;
    struct jtree *calls = calls_json(suite, wire, version);
    FILE *out = suite_file_open(&text, &bytes);
    jtree_write(calls, out, 1);
    jtree_free(calls);
    suite_file_close(files, arena_format(&suite->arena, "go/%s.calls.json", name), out, &text, &bytes);
    suite_files_add_once(files, "go/vectors_test.go", enimc_runner_go_begin, enimc_runner_go_end);
    suite_files_add_once(files, "go/go.mod", module, module + strlen(module));
}

const struct format format_go = {.name = "go",
                                 .summary = "go/: a test that runs the AWS CLI or an adapter, and the calls as JSON",
                                 .needs_wire = true,
                                 .write_spec = write_go};
