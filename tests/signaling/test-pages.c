#include "signaling/pages.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "signaling/path.h"

static const SigStaticPage table[] = {
    { "/visit-assets", "visit", NULL },
    { "/visit", "visit", "visit/index.html" },
    { "/console", "console", "console/index.html" },
    { "/", "console", "console/index.html" },
    { NULL },
};

typedef struct {
    char *folder, *root;
    SigPages *pages;
} Fixture;

static void
put(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
set_up(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_autofree char *link = NULL, *inner = NULL;

    fixture->folder = g_dir_make_tmp("pages-XXXXXX", NULL);
    fixture->root = g_build_filename(fixture->folder, "root", NULL);
    put(fixture->folder, "secret", "secret");
    put(fixture->folder, "root-sibling/secret.txt", "secret");
    put(fixture->root, "visit/index.html", "visit");
    put(fixture->root, "visit/assets/main-BxK29f_d.js", "js");
    put(fixture->root, "visit/assets/main-BxK29f_d.js.gz", "gz");
    put(fixture->root, "console/index.html", "console");
    put(fixture->root, "console/favicon.svg", "svg");
    link = g_build_filename(fixture->root, "console/link.txt", NULL);
    g_assert_cmpint(symlink("../../secret", link), ==, 0);
    inner = g_build_filename(fixture->root, "console/inner.svg", NULL);
    g_assert_cmpint(symlink("favicon.svg", inner), ==, 0);
    fixture->pages = sig_pages_new(fixture->root, table, NULL);
    g_assert_nonnull(fixture->pages);
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        remove_all(inner);
    }
    g_remove(path);
}

static void
tear_down(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    sig_pages_free(fixture->pages);
    remove_all(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->root);
}

/* What is there, or NULL. */
static char *
get(Fixture *fixture, const char *path, bool gzip, SigPage *ret_page)
{
    g_auto(GStrv) segments = sig_path_split(path);
    char *text;

    if (segments == NULL || !sig_pages_find(fixture->pages, (const char *const *)segments, gzip, ret_page))
        return NULL;
    text = g_malloc0(ret_page->file->size + 1);
    g_assert_cmpint(sig_file_read(ret_page->file, 0, text, ret_page->file->size), ==, ret_page->file->size);
    g_clear_pointer(&ret_page->file, sig_file_free);
    return text;
}

typedef struct {
    const char *path, *text;
} Case;

static const Case cases[] = {
    { "/", "console" },
    { "/console", "console" },
    { "/console/", "console" },
    { "/console/archive/7", "console" },
    { "/visit", "visit" },
    { "/visit/AB12CD", "visit" },
    { "/visit-assets/assets/main-BxK29f_d.js", "js" },
    { "/favicon.svg", "svg" },
    { "/inner.svg", "svg" },
    { "/visit-assets", NULL },
    { "/visit-assets/assets", NULL },
    { "/visit-assets/assets/other.js", NULL },
    { "/visitor", NULL },
    { "/visit/missing.js", NULL },
    { "/api/v1/unknown", NULL },
    { "/nothing", NULL },
    { "/link.txt", NULL },
    { "/console/link.txt", NULL },
    { "/../secret", NULL },
    { "/%2e%2e/secret", NULL },
    { "/..%2fsecret", NULL },
    { "/..%5csecret", NULL },
    { "/console/..%2f..%2fsecret", NULL },
    { "/root-sibling/secret.txt", NULL },
    { "/secret.txt", NULL },
};

static void
test_table(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        SigPage page;
        g_autofree char *text = get(fixture, cases[i].path, false, &page);

        g_test_message("%s", cases[i].path);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void
test_gzip(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    SigPage page;
    g_autofree char *packed = get(fixture, "/visit-assets/assets/main-BxK29f_d.js", true, &page), *plain = NULL;

    g_assert_cmpstr(packed, ==, "gz");
    g_assert_true(page.gzip && page.immutable);
    g_assert_cmpstr(page.content_type, ==, "text/javascript; charset=utf-8");
    plain = get(fixture, "/visit", true, &page);
    g_assert_cmpstr(plain, ==, "visit");
    g_assert_false(page.gzip || page.immutable);
}

static void
test_hashed(void)
{
    static const char *const hashed[][3] = { { "a", "main-BxK29f_d.js" },
                                             { "assets", "x.js" },
                                             { "app.1a2b3c4d.css" } };
    static const char *const plain[][3] = {
        { "index.html" }, { "a", "device-settings.js" }, { "favicon.svg" }, { "a-b.js" }, { "assets" }
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(hashed); i++)
        g_assert_true(sig_pages_is_hashed(hashed[i]));
    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++)
        g_assert_false(sig_pages_is_hashed(plain[i]));
}

static void
test_root(void)
{
    static const char *const home[] = { "", NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(SigPages) none = sig_pages_new(NULL, NULL, &error), missing = NULL;
    SigPage page;

    g_assert_no_error(error);
    g_assert_false(sig_pages_find(none, home, false, &page));
    missing = sig_pages_new("/nonexistent/pages", NULL, &error);
    g_assert_null(missing);
    g_assert_nonnull(strstr(error->message, "/nonexistent/pages"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/signaling/pages/which-file-an-address-means", Fixture, NULL, set_up, test_table, tear_down);
    g_test_add("/signaling/pages/what-is-packed-beside-it-is-taken", Fixture, NULL, set_up, test_gzip, tear_down);
    g_test_add_func("/signaling/pages/hashed-names", test_hashed);
    g_test_add_func("/signaling/pages/a-root-that-is-missing-is-said", test_root);
    return g_test_run();
}
