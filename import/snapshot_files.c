/* The files of a snapshot: a folder of any depth, or single files.  An answer is recognised by what is in it: the
 * output of one call, several in one object, several in one list (pages), a recorded answer of the SDK, or a list of
 * what the output would hold. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import/shapes.h"

#define MOST_FILES 2000
#define MOST_FOLDER_DEPTH 12

/* What an item of a bare list has, and in which list it stands in the output; the first that fits. */
static const struct {
    const char *with, *and_with, *key;
} items[] = {{"NetworkInterfaceId", "Status", "NetworkInterfaces"},
             {"NatGatewayId", NULL, "NatGateways"},
             {"Instances", NULL, "Reservations"},
             {"PublicIp", "Domain", "Addresses"},
             {"AllocationId", "PublicIp", "Addresses"},
             {"SubnetId", "CidrBlock", "Subnets"},
             {"InternetGatewayId", NULL, "InternetGateways"},
             {"GroupId", "GroupName", "SecurityGroups"},
             {"GroupId", "VpcId", "SecurityGroups"},
             {"InstanceType", "NetworkInfo", "InstanceTypes"},
             {"RouteTableId", NULL, "RouteTables"},
             {"VpcId", "CidrBlock", "Vpcs"},
             {"QuotaCode", "Value", "Quotas"},
             {"AttributeName", "AttributeValues", "AccountAttributes"}};

static bool accept(struct import *import, struct jtree *tree) {
    const struct jtree *content = snapshot_content(tree);
    if (!is_snapshot(content))
        return false;
    vec_push(&import->snapshots, content);
    return true;
}

/* A list without the key that it stands under in the output; `tree` belongs to what is made of it. */
static struct jtree *wrap(struct jtree *tree) {
    const struct jtree *first = jtree_at(tree, 0);
    const char *key = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(items) && key == NULL; i++)
        if (jtree_get(first, items[i].with) != NULL &&
            (items[i].and_with == NULL || jtree_get(first, items[i].and_with) != NULL))
            key = items[i].key;
    bool instances = key == NULL && jtree_get(first, "InstanceId") != NULL && jtree_get(first, "State") != NULL;
    if (key == NULL && !instances)
        return tree;
    struct jtree *whole = jtree_object();
    if (!instances) {
        jtree_put(whole, key, tree);
        return whole;
    }
    struct jtree *reservation = jtree_object(), *list = jtree_list();
    jtree_put(reservation, "Instances", tree);
    jtree_add(list, reservation);
    jtree_put(whole, "Reservations", list);
    return whole;
}

bool take_snapshot(struct import *import, struct jtree *tree) {
    bool found = false;
    if (jtree_type(tree) == JTREE_LIST && jtree_count(tree) > 0)
        for (size_t i = 0; i < jtree_count(tree); i++) /* pages */
            found |= accept(import, (struct jtree *)(uintptr_t)jtree_at(tree, i));
    struct jtree *whole = !found && jtree_type(tree) == JTREE_LIST ? wrap(tree) : tree;
    if (found || accept(import, whole)) {
        vec_push(&import->trees, whole);
        return true;
    }
    return false;
}

static bool read_file(struct import *import, const char *path, bool asked) {
    import->file = diags_add_file(import->diags, path, NULL, 0);
    struct jtree *tree = read_json(import, path, "the output of 'aws ec2 describe-…' in JSON");
    if (tree == NULL)
        return false;
    if (take_snapshot(import, tree))
        return true;
    bool empty = jtree_type(tree) == JTREE_LIST && jtree_count(tree) == 0;
    jtree_free(tree);
    if (asked && !empty) {
        import_error(import, "expected the output of 'aws ec2 describe-…' (NetworkInterfaces, Addresses, Reservations, "
                             "Subnets, Vpcs, …), found JSON without any of its keys");
        return false;
    }
    note(import,
         empty ? "%s: an empty list, of what it does not say"
               : "%s: no output of a call that is known here: passed over",
         path);
    return true;
}

static int compare_texts(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static bool read_folder(struct import *import, const char *path, unsigned depth);

static bool read_entry(struct import *import, const char *path, unsigned depth) {
    struct stat status;
    size_t length = strlen(path);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return read_folder(import, path, depth + 1);
    if (length < 5 || strcmp(path + length - 5, ".json") != 0) {
        note(import, "%s: passed over, its name does not end with .json", path);
        return true;
    }
    return read_file(import, path, false);
}

static bool read_folder(struct import *import, const char *path, unsigned depth) {
    DIR *folder = depth > MOST_FOLDER_DEPTH ? NULL : opendir(path);
    VEC(const char *) names = {0};
    bool good = true;
    if (folder == NULL) {
        import->file = diags_add_file(import->diags, path, NULL, 0);
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
                   depth > MOST_FOLDER_DEPTH ? "folders are nested too deep" : strerror(errno));
        return false;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && names.count < MOST_FILES;)
        if (entry->d_name[0] != '.')
            vec_push(&names, arena_format(&import->arena, "%s/%s", path, entry->d_name));
    closedir(folder);
    if (names.count == MOST_FILES) {
        import->file = diags_add_file(import->diags, path, NULL, 0);
        diag_error(import->diags, (struct span){import->file, 0, 0, 0}, DIAG_TOO_LARGE,
                   "the folder has more than %d files", MOST_FILES);
        good = false;
    } else if (names.count > 0) {
        qsort(names.at, names.count, sizeof *names.at, compare_texts);
    }
    for (size_t i = 0; i < names.count && good; i++)
        good = read_entry(import, names.at[i], depth);
    vec_free(&names);
    return good;
}

bool read_snapshot_path(struct import *import, const char *path) {
    struct stat status;
    size_t before = import->snapshots.count;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return read_file(import, path, true);
    if (!read_folder(import, path, 0))
        return false;
    if (import->snapshots.count > before)
        return true;
    import->file = diags_add_file(import->diags, path, NULL, 0);
    import_error(import, "the folder has no file with output of 'aws ec2 describe-…'");
    return false;
}
