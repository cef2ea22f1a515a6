#define G_LOG_DOMAIN "gateway.calls"

#include "gateway/calls/pictures.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "gateway/archive/picture.h"

enum { LOOK_MS = 60 * 60 * 1000 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct GwCallPictures {
    const Gateway *gateway; /* borrowed */
    char *dir, *subject;
    const char *due, *removed; /* literals */
    bool files;
    const unsigned *days; /* borrowed */
    GwClock clock;
    int64_t looked_us; /* by the steady clock */
    GPtrArray *asking; /* Asking, borrowed: they hear when this goes */
};

typedef struct {
    GwCallPictures *pictures; /* NULL: has gone */
    char *id;                 /* NULL: of the list */
    char *file;               /* NULL: a folder */
} Asking;

GwCallPictures *
gw_call_pictures_new(const Gateway *gateway, const GwCallPicturesConfig *config, GError **error)
{
    GwCallPictures *self = NULL;

    if (g_mkdir_with_parents(config->dir, 0700) != 0) {
        int code = errno;
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "%s cannot be made: %s", config->dir,
                    g_strerror(code));
        return NULL;
    }
    self = g_new0(GwCallPictures, 1);
    self->gateway = gateway;
    self->dir = g_strdup(config->dir);
    self->subject = g_strdup(config->subject);
    self->due = config->due;
    self->removed = config->removed;
    self->files = config->files;
    self->days = config->days != NULL ? config->days : &gateway->config->supervision.picture_days;
    self->asking = g_ptr_array_new();
    return self;
}

void
gw_call_pictures_free(GwCallPictures *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < self->asking->len; i++)
        ((Asking *)self->asking->pdata[i])->pictures = NULL;
    g_ptr_array_unref(self->asking);
    g_free(self->dir);
    g_free(self->subject);
    g_free(self);
}

static char *
make_path(const GwCallPictures *self, const char *id, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".jpg", NULL);

    return g_build_filename(self->dir, id, file, NULL);
}

char *
gw_call_pictures_put(GwCallPictures *self, const char *id, const char *name, GBytes *body, GError **error)
{
    g_autofree char *folder = g_build_filename(self->dir, id, NULL);
    g_autofree char *path = make_path(self, id, name);
    g_autoptr(GError) cause = NULL;
    gsize size = 0;
    const char *bytes = body != NULL ? g_bytes_get_data(body, &size) : NULL;

    if (size == 0 || g_strcmp0(gw_picture_check(body), "image/jpeg") != 0) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INVALID, "This is not a whole JPEG.");
        return NULL;
    }
    if ((g_mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        !g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &cause)) {
        g_warning("%s: %s", path, cause != NULL ? cause->message : g_strerror(errno));
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "The picture could not be written: try again.");
        return NULL;
    }
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
}

bool
gw_call_pictures_reply(const GwCallPictures *self, SigHttp *http, const char *id, const char *name)
{
    g_autofree char *path = make_path(self, id, name);

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return false;
    sig_http_add_header(http, "Cache-Control", "private, max-age=3600");
    sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
    sig_http_reply_file(http, path, "image/jpeg");
    return true;
}

/* Going. */

static Asking *
ask(GwCallPictures *self, const char *id, const char *file)
{
    Asking *asking = g_new0(Asking, 1);

    *asking = (Asking){ self, g_strdup(id), g_strdup(file) };
    g_ptr_array_add(self->asking, asking);
    return asking;
}

/* NULL: it has gone. */
static GwCallPictures *
end_asking(Asking *asking)
{
    GwCallPictures *self = asking->pictures;

    if (self != NULL)
        g_ptr_array_remove_fast(self->asking, asking);
    return self;
}

static unsigned
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    unsigned n = 0;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_unlink(file) == 0)
            n++;
    }
    g_rmdir(path);
    return n;
}

static void
on_recorded(const GError *error, void *user_data)
{
    g_autofree Asking *asking = user_data;
    g_autofree char *id = g_steal_pointer(&asking->id), *file = g_steal_pointer(&asking->file);
    GwCallPictures *self = end_asking(asking);
    GwStatement *statement = NULL;

    if (self == NULL)
        return;
    if (error != NULL) {
        g_warning("the pictures of %s %s stay: %s", self->subject, id, error->message);
        return;
    }
    g_autofree char *path = g_build_filename(self->dir, file != NULL ? file : id, NULL);
    unsigned n = file != NULL ? g_unlink(path) == 0 : remove_folder(path);
    g_debug("%u pictures of %s %s are gone", n, self->subject, id);
    statement = gw_statement_new(self->removed);
    gw_statement_text(statement, id);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

static void
remove_of(GwCallPictures *self, const char *id, const char *file)
{
    g_autofree char *object = g_strconcat(self->subject, ":", id, NULL);
    const GwAuditEntry entry = { .who = "system", .action = "call-pictures.remove", .object = object };
    JsonObject *detail = json_object_new();

    json_object_set_int_member(detail, "days", *self->days);
    gw_audit_add_then(self->gateway->audit, &entry, detail, on_recorded, ask(self, id, file));
}

static void
on_due(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Asking *asking = user_data;
    GwCallPictures *self = end_asking(asking);

    for (unsigned i = 0; self != NULL && error == NULL && i < gw_rows_get_count(rows); i++)
        remove_of(self, gw_rows_text(rows, i, 0), self->files ? gw_rows_text(rows, i, 1) : NULL);
}

void
gw_call_pictures_tick(GwCallPictures *self, int64_t now_ms, int64_t steady_us)
{
    GwStatement *statement = NULL;

    gw_clock_tick(&self->clock, now_ms, steady_us);
    if (self->looked_us == 0)
        self->looked_us = steady_us;
    if (steady_us - self->looked_us < (int64_t)LOOK_MS * 1000 || self->asking->len > 0)
        return;
    self->looked_us = steady_us;
    if (*self->days == 0 || gw_clock_get_doubt(&self->clock, now_ms) != NULL)
        return;
    statement = gw_statement_new(self->due);
    gw_statement_int(statement, now_ms - (int64_t)*self->days * DAY_MS);
    gw_statement_int(statement, GW_CALL_PICTURES_AT_ONCE);
    gw_store_run(self->gateway->store, statement, on_due, ask(self, NULL, NULL));
}
