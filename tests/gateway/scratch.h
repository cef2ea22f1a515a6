/* tests/gateway/scratch.h - a folder, a store, an audit log and people for one test
 *
 * Header only: each test is one program. */
#pragma once

#include <glib/gstdio.h>

#include "gateway/people/people.h"

typedef struct {
    char *dir, *path;
    GwStore *store;
    GwAudit *audit;
    GwPeople *people; /* NULL until scratch_open_people() */
} Scratch;

static inline void
scratch_open(Scratch *self)
{
    g_autoptr(GError) error = NULL;

    if (self->dir == NULL)
        self->dir = g_dir_make_tmp("gateway-XXXXXX", &error);
    g_assert_no_error(error);
    if (self->path == NULL)
        self->path = g_build_filename(self->dir, "index.db", NULL);
    self->store = gw_store_new(self->path, &error);
    g_assert_no_error(error);
    self->audit = gw_audit_new(self->store);
}

static inline void
scratch_open_people(Scratch *self)
{
    g_autoptr(GError) error = NULL;

    self->people = gw_people_new(self->store, self->audit, &error);
    g_assert_no_error(error);
}

/* As when the service ends; scratch_open() begins again with the same files. */
static inline void
scratch_close(Scratch *self)
{
    gw_store_flush(self->store);
    g_clear_pointer(&self->people, gw_people_free);
    g_clear_pointer(&self->audit, gw_audit_free);
    g_clear_pointer(&self->store, gw_store_free);
}

static inline void
scratch_clear(Scratch *self)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

    scratch_close(self);
    for (unsigned i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *name = g_strconcat(self->path, endings[i], NULL);
        g_unlink(name);
    }
    g_rmdir(self->dir);
    g_clear_pointer(&self->path, g_free);
    g_clear_pointer(&self->dir, g_free);
}

static inline int64_t
scratch_count(Scratch *self, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(self->store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    return gw_rows_int(rows, 0, 0);
}
