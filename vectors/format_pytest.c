/* pytest and boto3: pytest/test_vectors.py, the same for every suite, and the calls as data beside it. */
#include "base/jtree.h"
#include "vectors/calls.h"
#include "vectors/format.h"
#include "vectors/runner.h"

static void write_pytest(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                         struct suite_files *files) {
    char *text;
    size_t bytes;
    struct jtree *calls = calls_json(suite, wire, version);
    FILE *out = suite_file_open(&text, &bytes);
    jtree_write(calls, out, 1);
    jtree_free(calls);
    suite_file_close(files, arena_format(&suite->arena, "pytest/%s.calls.json", name), out, &text, &bytes);
    suite_files_add_once(files, "pytest/test_vectors.py", enimc_runner_python_begin, enimc_runner_python_end);
}

const struct format format_pytest = {.name = "pytest",
                                     .summary = "pytest/: a runner with boto3, and the calls as JSON",
                                     .needs_wire = true,
                                     .write_spec = write_pytest};
