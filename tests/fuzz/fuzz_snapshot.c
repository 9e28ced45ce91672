/* The reader of `describe-...` output, beside a plan that refers to what it says. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "import/import.h"

static const char plan[] =
    "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\"resource_changes\":[{\"address\":"
    "\"aws_network_interface.n\",\"mode\":\"managed\",\"type\":\"aws_network_interface\",\"name\":\"n\","
    "\"provider_name\":\"registry.terraform.io/hashicorp/aws\",\"change\":{\"actions\":[\"create\"],\"before\":null,"
    "\"after\":{\"subnet_id\":\"subnet-1\",\"private_ips\":[\"10.0.1.10\"],\"security_groups\":[\"sg-1\"]},"
    "\"after_unknown\":{\"id\":true}}}],\"configuration\":{\"root_module\":{\"resources\":[{\"address\":"
    "\"aws_network_interface.n\",\"mode\":\"managed\",\"type\":\"aws_network_interface\",\"name\":\"n\","
    "\"expressions\":{}}]}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static const char *main_path;
    if (main_path == NULL)
        main_path = fuzz_file("plan.json", (const uint8_t *)plan, strlen(plan));
    const char *path = fuzz_file("snapshot.json", data, bytes);
    struct diags diags = {0};
    struct import_inputs inputs = {.paths = &main_path, .count = 1, .snapshots = &path, .snapshot_count = 1};
    struct import *import = import_files(&inputs, "tests/fuzz/library", &diags);
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    if (import != NULL)
        import_write(import, nowhere);
    diags_print(&diags, nowhere, false);
    import_free(import);
    diags_clear(&diags);
    return 0;
}
