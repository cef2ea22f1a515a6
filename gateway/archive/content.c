#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"
#include "recorder/keyring.h"

/* A file of a recording on its way to a browser: decrypted while it is sent, a block at a time. */
typedef struct {
    const RecKeyring *keyring; /* borrowed; outlives the server */
    char *session, *folder, *file;
    RecVault *vault; /* owned; once it is open */
} Content;

static bool
on_open(void *data, uint64_t *ret_size)
{
    Content *self = data;
    g_autoptr(GError) error = NULL;

    self->vault = rec_keyring_open_file(self->keyring, self->session, self->folder, self->file, &error);
    if (self->vault == NULL) {
        g_warning("session %s: %s", self->session, error->message);
        return false;
    }
    *ret_size = rec_vault_get_size(self->vault);
    return true;
}

static ssize_t
on_read(void *data, uint64_t at, void *buffer, size_t size)
{
    Content *self = data;
    g_autoptr(GError) error = NULL;
    ssize_t n = rec_vault_pread(self->vault, buffer, size, at, &error);

    if (n < 0)
        g_critical("session %s: %s", self->session, error->message);
    return n;
}

static void
on_free(void *data)
{
    Content *self = data;

    rec_vault_free(self->vault);
    g_free(self->session);
    g_free(self->folder);
    g_free(self->file);
    g_free(self);
}

static const SigContent content = { on_open, on_read, on_free };

void
gw_archive_reply_content(GwArchive *self, SigHttp *http, const GwArchiveFile *file)
{
    Content *data = g_new0(Content, 1);
    g_autofree char *folder = gw_archive_get_folder(self, file->session);

    data->keyring = self->gateway->keyring;
    data->session = g_strdup(file->session);
    data->folder = file->dir != NULL ? g_build_filename(folder, file->dir, NULL) : g_strdup(folder);
    data->file = g_strdup(file->file);
    sig_http_reply_content(http, &content, data, file->tag, file->content_type);
}

void
gw_archive_reply_file(GwArchive *self, SigHttp *http, const char *session, const RecFile *file)
{
    const GwArchiveFile sent = {
        .session = session, .file = file->file, .tag = file->sha256, .content_type = file->content_type
    };

    gw_archive_reply_content(self, http, &sent);
}
