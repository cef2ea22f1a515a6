#include "signaling/quota.h"

#include "signaling/bucket.h"

/* Addresses remembered at once; strangers beyond that are refused until the next pruning. */
enum { MAX_ADDRESSES = 65536 };

static const SigRate request_rate = { SIG_QUOTA_REQUESTS_PER_SECOND, SIG_QUOTA_REQUESTS_BURST };

typedef struct {
    unsigned n_connections;
    SigBucket requests;
} Entry;

struct SigQuota {
    GHashTable *entries;
    unsigned max_connections;
};

SigQuota *
sig_quota_new(unsigned max_connections)
{
    SigQuota *self = g_new0(SigQuota, 1);

    self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->max_connections = max_connections;
    return self;
}

void
sig_quota_free(SigQuota *self)
{
    g_hash_table_unref(self->entries);
    g_free(self);
}

static Entry *
get_entry(SigQuota *self, const char *address)
{
    Entry *entry = g_hash_table_lookup(self->entries, address);

    if (entry != NULL || g_hash_table_size(self->entries) >= MAX_ADDRESSES)
        return entry;
    entry = g_new0(Entry, 1);
    g_hash_table_insert(self->entries, g_strdup(address), entry);
    return entry;
}

bool
sig_quota_enter(SigQuota *self, const char *address)
{
    Entry *entry = get_entry(self, address);

    if (entry == NULL || entry->n_connections >= self->max_connections)
        return false;
    entry->n_connections++;
    return true;
}

void
sig_quota_leave(SigQuota *self, const char *address)
{
    Entry *entry = g_hash_table_lookup(self->entries, address);

    g_assert(entry != NULL && entry->n_connections > 0);
    entry->n_connections--;
}

bool
sig_quota_take_request(SigQuota *self, const char *address, int64_t now_us)
{
    Entry *entry = get_entry(self, address);

    return entry != NULL && sig_bucket_take(&entry->requests, &request_rate, now_us);
}

void
sig_quota_prune(SigQuota *self, int64_t now_us)
{
    GHashTableIter iter;
    void *value;

    g_hash_table_iter_init(&iter, self->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Entry *entry = value;

        if (entry->n_connections == 0 && entry->requests.full_at_us <= now_us)
            g_hash_table_iter_remove(&iter);
    }
}
