#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"

#define MOST_FILES 4

static char folder[200];
static struct {
    const char *name;
    char path[300];
} files[MOST_FILES];

static void remove_files(void) {
    for (size_t i = 0; i < MOST_FILES; i++)
        if (files[i].name != NULL)
            unlink(files[i].path);
    rmdir(folder);
}

const char *fuzz_folder(void) {
    if (folder[0] != '\0')
        return folder;
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.150s/enimc-fuzz-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(remove_files);
    return folder;
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t bytes) {
    size_t i = 0;
    while (i < MOST_FILES && files[i].name != NULL && files[i].name != name)
        i++;
    if (i == MOST_FILES)
        abort();
    files[i].name = name;
    snprintf(files[i].path, sizeof files[i].path, "%s/%s", fuzz_folder(), name);
    FILE *out = fopen(files[i].path, "wb");
    if (out == NULL || fwrite(data, 1, bytes, out) != bytes || fclose(out) != 0)
        abort();
    return files[i].path;
}
