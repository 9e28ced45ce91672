/* SHA-256 against the vectors of FIPS 180-4 / NIST CAVP, and around the block boundaries. */
#include "base/sha256.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name, *text;
    size_t repeat; /* times the text */
    const char *hex;
} rows[] = {
    {"nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"448 bits", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"896 bits",
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"a million a", "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"55 bytes", "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {"56 bytes", "a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {"63 bytes", "a", 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
    {"64 bytes", "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
    {"65 bytes", "a", 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
};

static void check_row(void **state) {
    const struct row *row = *state;
    size_t length = strlen(row->text);
    char *text = memory_resize(NULL, length * row->repeat + 1), hex[65];
    for (size_t i = 0; i < row->repeat; i++)
        memcpy(text + i * length, row->text, length);
    sha256_hex(text, length * row->repeat, hex);
    assert_string_equal(hex, row->hex);
    struct sha256 hash; /* the same in pieces of 1, 2, 3, ... bytes */
    sha256_init(&hash);
    for (size_t at = 0, piece = 1; at < length * row->repeat; at += piece++)
        sha256_add(&hash, text + at, at + piece < length * row->repeat ? piece : length * row->repeat - at);
    sha256_end(&hash, hex);
    assert_string_equal(hex, row->hex);
    free(text);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows)];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
