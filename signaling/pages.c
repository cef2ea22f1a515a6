#include "signaling/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "signaling/error.h"

enum { MIN_HASH_LENGTH = 8 };

struct SigPages {
    int root_fd; /* -1: no pages */
    const SigStaticPage *table;
};

typedef struct {
    const char *ending, *type;
} Type;

static const Type types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".webp", "image/webp" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".woff", "font/woff" },
    { ".wasm", "application/wasm" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".mp4", "video/mp4" },
    { ".webm", "video/webm" },
    { ".wav", "audio/wav" },
    { ".ogg", "audio/ogg" },
    { ".mp3", "audio/mpeg" },
    { ".pdf", "application/pdf" },
};

static const SigStaticPage plain_table[] = { { "/", NULL, "index.html" }, { NULL } };

SigPages *
sig_pages_new(const char *root, const SigStaticPage *table, GError **error)
{
    SigPages *self;
    int fd = root != NULL ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    if (root != NULL && fd < 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "cannot open the folder of the pages, '%s': %s", root,
                    g_strerror(errno));
        return NULL;
    }
    self = g_new0(SigPages, 1);
    self->root_fd = fd;
    self->table = table != NULL ? table : plain_table;
    return self;
}

void
sig_pages_free(SigPages *self)
{
    if (self->root_fd >= 0)
        close(self->root_fd);
    g_free(self);
}

const char *
sig_pages_guess_type(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(name, types[i].ending))
            return types[i].type;
    }
    return "application/octet-stream";
}

static const char *
last_of(const char *const *segments)
{
    while (segments[1] != NULL)
        segments++;
    return *segments;
}

bool
sig_pages_is_hashed(const char *const *segments)
{
    const char *name = last_of(segments), *dot = strrchr(name, '.'), *dash = NULL;
    bool telling = false;

    for (unsigned i = 0; segments[i] != NULL && segments[i + 1] != NULL; i++) {
        if (strcmp(segments[i], "assets") == 0)
            return true;
    }
    for (const char *p = name; dot != NULL && p < dot; p++)
        dash = *p == '-' || *p == '.' ? (dot - p > MIN_HASH_LENGTH ? p : dash) : dash;
    if (dash == NULL)
        return false;
    for (const char *p = dash + 1; p < dot; p++) {
        if (!g_ascii_isalnum(*p) && *p != '_' && *p != '-')
            return false;
        telling |= g_ascii_isdigit(*p) || g_ascii_isupper(*p);
    }
    return telling;
}

/* How many segments of the prefix match, -1 if it does not. */
static int
match_prefix(const char *prefix, const char *const *segments)
{
    int n = 0;

    for (const char *p = prefix; *p == '/' && p[1] != '\0'; n++) {
        size_t length = strcspn(p + 1, "/");

        if (segments[n] == NULL || strlen(segments[n]) != length || strncmp(p + 1, segments[n], length) != 0)
            return -1;
        p += length + 1;
    }
    return n;
}

static const SigStaticPage *
find_row(const SigPages *self, const char *const *segments, unsigned *ret_n)
{
    const SigStaticPage *best = NULL;
    int best_n = -1;

    for (const SigStaticPage *row = self->table; row->prefix != NULL; row++) {
        int n = match_prefix(row->prefix, segments);

        if (n > best_n) {
            best = row;
            best_n = n;
        }
    }
    *ret_n = (unsigned)MAX(best_n, 0);
    return best;
}

static bool
open_page(SigPages *self, const char *path, bool accepts_gzip, SigPage *ret_page)
{
    g_autoptr(SigFile) file = sig_file_new_beneath(self->root_fd, path);

    if (file == NULL)
        return false;
    *ret_page = (SigPage){ .content_type = sig_pages_guess_type(path) };
    if (accepts_gzip) {
        g_autofree char *packed = g_strconcat(path, ".gz", NULL);

        ret_page->file = sig_file_new_beneath(self->root_fd, packed);
        ret_page->gzip = ret_page->file != NULL;
    }
    if (ret_page->file == NULL)
        ret_page->file = g_steal_pointer(&file);
    return true;
}

static bool
falls_back(const SigStaticPage *row, const char *const *rest)
{
    if (row->index == NULL)
        return false;
    if (*rest == NULL || (**rest == '\0' && rest[1] == NULL))
        return true;
    return strcmp(row->prefix, "/") != 0 && strchr(last_of(rest), '.') == NULL;
}

bool
sig_pages_find(SigPages *self, const char *const *segments, bool accepts_gzip, SigPage *ret_page)
{
    const SigStaticPage *row;
    const char *const *rest;
    unsigned n;

    if (self->root_fd < 0)
        return false;
    row = find_row(self, segments, &n);
    if (row == NULL)
        return false;
    rest = segments + n;
    if (*rest != NULL && *last_of(rest) != '\0') {
        g_autofree char *path = g_strjoinv("/", (char **)rest);
        g_autofree char *full =
            row->folder != NULL && *row->folder != '\0' ? g_strconcat(row->folder, "/", path, NULL) : g_strdup(path);

        if (open_page(self, full, accepts_gzip, ret_page)) {
            ret_page->immutable = sig_pages_is_hashed(segments) && !g_str_has_suffix(path, ".html");
            return true;
        }
    }
    return falls_back(row, rest) && open_page(self, row->index, accepts_gzip, ret_page);
}
