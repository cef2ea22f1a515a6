#include "gateway/evidence/kept.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const char prefix[] = "checkpoint-";

typedef struct {
    char *path, *note; /* owned */
    uint64_t size;
    int64_t at_ms;
} Kept;

static void
kept_free(void *data)
{
    Kept *self = data;

    g_free(self->path);
    g_free(self->note);
    g_free(self);
}

static int
compare_sizes(const void *a, const void *b)
{
    const Kept *first = *(const Kept *const *)a, *second = *(const Kept *const *)b;

    return first->size < second->size ? -1 : first->size > second->size;
}

static void
read_one(GPtrArray *list, const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL), *note = NULL;
    g_auto(RecCheckpoint) checkpoint = { 0 };
    size_t size = 0;

    note = rec_disk_read(path, REC_NOTE_MAX_BYTES, &size, NULL);
    if (note == NULL || !rec_checkpoint_parse(note, size, &checkpoint, NULL))
        return;
    Kept *kept = g_new(Kept, 1);
    *kept = (Kept){ g_steal_pointer(&path), g_steal_pointer(&note), checkpoint.size, checkpoint.at_ms };
    g_ptr_array_add(list, kept);
}

/* The smallest first. */
static GPtrArray *
list_kept(const char *dir)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(kept_free);
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name = NULL;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        if (g_str_has_prefix(name, prefix))
            read_one(list, dir, name);
    }
    g_ptr_array_sort(list, compare_sizes);
    return list;
}

bool
gw_kept_add(const char *log_dir, const char *note, int64_t now_ms, GError **error)
{
    g_autofree char *dir = g_build_filename(log_dir, "kept", NULL), *name = NULL, *path = NULL;
    g_autoptr(GPtrArray) list = list_kept(dir);
    const Kept *newest = list->len > 0 ? list->pdata[list->len - 1] : NULL;
    g_auto(RecCheckpoint) checkpoint = { 0 };

    if (newest != NULL && ABS(now_ms - newest->at_ms) < DAY_MS)
        return true;
    if (!rec_checkpoint_parse(note, strlen(note), &checkpoint, error) || !rec_disk_make_folder(dir, error))
        return false;
    name = g_strdup_printf("%s%" G_GUINT64_FORMAT, prefix, checkpoint.size);
    path = g_build_filename(dir, name, NULL);
    if (!rec_disk_replace(path, note, strlen(note), 0600, error))
        return false;
    for (guint i = 0; i < list->len; i++) {
        const Kept *kept = list->pdata[i];
        if (kept->at_ms < now_ms - GW_KEPT_DAYS * DAY_MS)
            g_unlink(kept->path);
    }
    return true;
}

char *
gw_kept_find(const char *log_dir, uint64_t size, uint64_t *ret_size)
{
    g_autofree char *dir = g_build_filename(log_dir, "kept", NULL);
    g_autoptr(GPtrArray) list = list_kept(dir);
    Kept *oldest = list->len > 0 ? list->pdata[0] : NULL;

    if (oldest == NULL || oldest->size > size)
        return NULL;
    *ret_size = oldest->size;
    return g_steal_pointer(&oldest->note);
}
