/* signaling/pages.h - the built pages: which file an address means, and how long it may be kept
 *
 * Ownership: the listener.
 * Thread:    signaling (opens files). */
#pragma once

#include "signaling/file.h"
#include "signaling/server.h"

G_BEGIN_DECLS

typedef struct SigPages SigPages;

typedef struct {
    SigFile *file;
    const char *content_type; /* static */
    bool immutable;           /* its name holds a hash of its content */
    bool gzip;                /* it is the .gz beside the file that was asked for */
} SigPage;

/* root may be NULL (no pages); table may be NULL: files as they lie, "index.html" at "/". Fails if root cannot be opened. */
SigPages *sig_pages_new(const char *root, const SigStaticPage *table, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void sig_pages_free(SigPages *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigPages, sig_pages_free)

/* segments as of sig_path_split(). False: there is no such page. The caller frees ret_page->file. */
bool sig_pages_find(SigPages *self, const char *const *segments, bool accepts_gzip, SigPage *ret_page);

/* By the ending of a name. */
const char *sig_pages_guess_type(const char *name);
/* "app-BxK29f_d.js": eight or more letters, digits, '-' or '_' with a digit or capital before the ending, or a file
 * below a folder "assets". */
bool sig_pages_is_hashed(const char *const *segments);

G_END_DECLS
