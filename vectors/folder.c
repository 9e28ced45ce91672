#include "vectors/folder.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jtree.h"

struct problem {
    char *text;
    size_t bytes;
};

static bool fail(const struct problem *problem, const char *path, const char *what) {
    snprintf(problem->text, problem->bytes, "%s: %s", path, what);
    return false;
}

static bool fail_errno(const struct problem *problem, const char *path) { return fail(problem, path, strerror(errno)); }

static char *join(const char *folder, const char *name) {
    char *path = memory_resize(NULL, strlen(folder) + strlen(name) + 2);
    sprintf(path, "%s/%s", folder, name);
    return path;
}

/* Removes a file or folder with all that is in it; links are removed, not followed. */
static void remove_all(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT)
        return;
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inside = join(path, entry->d_name);
        remove_all(inside);
        free(inside);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

static bool is_empty(const char *folder) {
    DIR *directory = opendir(folder);
    struct dirent *entry;
    bool empty = directory != NULL;
    while (empty && (entry = readdir(directory)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (directory != NULL)
        closedir(directory);
    return empty;
}

/* Has it a manifest.json of ours?  Only then --force may remove it. */
static bool is_suite(const char *folder) {
    char *path = join(folder, "manifest.json"), *text = NULL, problem[160];
    FILE *in = fopen(path, "r");
    size_t bytes = 0;
    while (in != NULL && bytes < LIMIT_FILE_BYTES) {
        text = memory_resize(text, bytes + 65536);
        size_t got = fread(text + bytes, 1, 65536, in);
        bytes += got;
        if (got == 0)
            break;
    }
    struct jtree *tree = in == NULL || ferror(in) ? NULL : jtree_read(text, bytes, problem, sizeof problem);
    const char *format =
        tree == NULL || jtree_get(tree, "format") == NULL ? NULL : jtree_string(jtree_get(tree, "format"));
    bool ours = format != NULL && strcmp(format, "enimc-vectors") == 0;
    if (tree != NULL)
        jtree_free(tree);
    if (in != NULL)
        fclose(in);
    free(text);
    free(path);
    return ours;
}

/* The folder without slashes at the end and, if it exists, without links. */
static char *plain_path(const char *folder) {
    char *path = realpath(folder, NULL);
    if (path != NULL)
        return path;
    path = memory_resize(NULL, strlen(folder) + 1);
    strcpy(path, folder);
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
        path[length - 1] = '\0';
    return path;
}

/* The folder in which `path` is or will be. */
static char *parent_of(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *parent = memory_resize(NULL, length + 2);
    memcpy(parent, path, length);
    strcpy(parent + length, length == 0 ? "." : "");
    return parent;
}

static bool check_existing(const char *folder, const char *path, bool force, const struct problem *problem) {
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? true : fail_errno(problem, folder);
    if (!S_ISDIR(status.st_mode))
        return fail(problem, folder, "is a file; expected a folder");
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return fail_errno(problem, folder);
    if (is_empty(path))
        return true;
    if (!force)
        return fail(problem, folder, "the folder is not empty (--force replaces an older suite)");
    return is_suite(path) ||
           fail(problem, folder, "the folder is not empty and holds no suite of enimc; it is left alone");
}

bool folder_is_free(const char *folder, bool force, char *problem_text, size_t problem_bytes) {
    struct problem problem = {problem_text, problem_bytes};
    if (folder[0] == '\0' || strcmp(folder, "-") == 0)
        return fail(&problem, folder, "expected the name of a folder");
    char *path = plain_path(folder), *parent = parent_of(path);
    bool good = access(parent, W_OK | X_OK) == 0 || fail_errno(&problem, parent);
    good = good && check_existing(folder, path, force, &problem);
    free(path);
    free(parent);
    return good;
}

/* Makes the folders on the way to `path`, below `base_length` characters of it. */
static bool make_folders(char *path, size_t base_length) {
    for (char *slash = strchr(path + base_length + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!good)
            return false;
    }
    return true;
}

static bool write_file(const char *folder, const struct suite_file *file, const struct problem *problem) {
    char *path = join(folder, file->path);
    bool good = make_folders(path, strlen(folder));
    FILE *out = good ? fopen(path, "w") : NULL;
    good = out != NULL && fwrite(file->text, 1, file->bytes, out) == file->bytes;
    if (out != NULL)
        good = fclose(out) == 0 && good;
    if (!good)
        fail_errno(problem, path);
    free(path);
    return good;
}

/* Gives `temporary` the name `path`; what was there before is removed last. */
static bool put_in_place(char *temporary, const char *path, const struct problem *problem) {
    bool replaces = access(path, F_OK) == 0 && !is_empty(path);
    if (!replaces)
        return rename(temporary, path) == 0 || fail_errno(problem, path);
    char *old = memory_resize(NULL, strlen(temporary) + 5);
    sprintf(old, "%s.old", temporary);
    bool good = rename(path, old) == 0;
    if (good && rename(temporary, path) != 0) {
        int reason = errno;
        rename(old, path);
        errno = reason;
        good = false;
    }
    if (good)
        remove_all(old);
    else
        fail_errno(problem, path);
    free(old);
    return good;
}

bool folder_write(const char *folder, bool force, const struct suite_files *files, char *problem_text,
                  size_t problem_bytes) {
    struct problem problem = {problem_text, problem_bytes};
    if (!folder_is_free(folder, force, problem_text, problem_bytes))
        return false;
    char *path = plain_path(folder), *temporary = memory_resize(NULL, strlen(path) + 8);
    sprintf(temporary, "%s.XXXXXX", path);
    bool good = mkdtemp(temporary) != NULL;
    if (!good) {
        fail_errno(&problem, folder);
    } else {
        mode_t mask = umask(0);
        umask(mask);
        good = chmod(temporary, 0777 & ~mask) == 0 || fail_errno(&problem, temporary); /* mkdtemp() makes it private */
        for (size_t i = 0; i < files->list.count && good; i++)
            good = write_file(temporary, &files->list.at[i], &problem);
        good = good && put_in_place(temporary, path, &problem);
        if (!good)
            remove_all(temporary);
    }
    free(path);
    free(temporary);
    return good;
}
