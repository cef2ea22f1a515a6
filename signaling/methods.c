#include "signaling/methods.h"

#include "signaling/params.h"

struct SigMethods {
    GPtrArray *entries; /* of SigMethodEntry */
    GHashTable *by_name;
    GPtrArray *events;
};

SigMethods *
sig_methods_new(void)
{
    SigMethods *self = g_new0(SigMethods, 1);

    self->entries = g_ptr_array_new_with_free_func(g_free);
    self->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    self->events = g_ptr_array_new();
    return self;
}

void
sig_methods_free(SigMethods *self)
{
    g_hash_table_unref(self->by_name);
    g_ptr_array_unref(self->entries);
    g_ptr_array_unref(self->events);
    g_free(self);
}

void
sig_methods_add(SigMethods *self, const SigMethod *row, void *user_data)
{
    SigMethodEntry *entry = g_new0(SigMethodEntry, 1);

    g_assert(row->handle != NULL && !g_hash_table_contains(self->by_name, row->name));
    entry->row = row;
    entry->user_data = user_data;
    g_ptr_array_add(self->entries, entry);
    g_hash_table_insert(self->by_name, (char *)row->name, entry);
}

void
sig_methods_add_event(SigMethods *self, const SigEvent *row)
{
    g_ptr_array_add(self->events, (void *)row);
}

const SigMethodEntry *
sig_methods_find(const SigMethods *self, const char *name)
{
    return g_hash_table_lookup(self->by_name, name);
}

unsigned
sig_methods_get_length(const SigMethods *self)
{
    return self->entries->len;
}

const SigMethod *
sig_methods_get(const SigMethods *self, unsigned index)
{
    const SigMethodEntry *entry = g_ptr_array_index(self->entries, index);

    return entry->row;
}

unsigned
sig_methods_get_n_events(const SigMethods *self)
{
    return self->events->len;
}

const SigEvent *
sig_methods_get_event(const SigMethods *self, unsigned index)
{
    return g_ptr_array_index(self->events, index);
}

const SigMethodEntry *
sig_methods_check(const SigMethods *self, const char *name, uint32_t access, JsonObject *params, GError **error)
{
    const SigMethodEntry *entry = sig_methods_find(self, name);

    if (entry == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNKNOWN_METHOD, "there is no method '%.64s'", name);
        return NULL;
    }
    if (entry->row->access != 0 && access == 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_SIGN_IN, "sign in first");
        return NULL;
    }
    if (entry->row->access != 0 && (access & entry->row->access) == 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_FORBIDDEN, "your role may not call '%s'", entry->row->name);
        return NULL;
    }
    return sig_params_check(entry->row->params, params, error) ? entry : NULL;
}
