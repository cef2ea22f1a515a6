#include "gateway/people/throttle.h"

#include <gio/gio.h>
#include <string.h>

typedef enum {
    KIND_PAIR,
    KIND_ADDRESS,
    KIND_ACCOUNT,
    N_KINDS,
} Kind;

typedef struct {
    char letter;
    int64_t tries, refill_ms;
} Limit;

static const Limit passwords[N_KINDS] = {
    [KIND_PAIR] = { 'p', GW_THROTTLE_PAIR_TRIES, GW_THROTTLE_PAIR_REFILL_MS },
    [KIND_ADDRESS] = { 'a', GW_THROTTLE_ADDRESS_TRIES, GW_THROTTLE_ADDRESS_REFILL_MS },
    [KIND_ACCOUNT] = { 'n', GW_THROTTLE_ACCOUNT_TRIES, GW_THROTTLE_ACCOUNT_REFILL_MS },
};

static const Limit codes[N_KINDS] = {
    [KIND_PAIR] = { 'p', GW_THROTTLE_CODE_TRIES, GW_THROTTLE_CODE_REFILL_MS },
    [KIND_ADDRESS] = { 'a', GW_THROTTLE_ADDRESS_TRIES, GW_THROTTLE_ADDRESS_REFILL_MS },
    [KIND_ACCOUNT] = { 'n', GW_THROTTLE_CODE_ACCOUNT_TRIES, GW_THROTTLE_CODE_REFILL_MS },
};

/* A try costs refill_ms of debt; debt melts by the clock; more than tries * refill_ms is refused. */
typedef struct {
    int64_t debt_ms, at_ms;
    bool known; /* pair: it was right before */
} Bucket;

struct GwThrottle {
    const Limit *kinds;
    GHashTable *buckets; /* char * -> Bucket */
};

GwThrottle *
gw_throttle_new(void)
{
    GwThrottle *self = g_new0(GwThrottle, 1);

    self->kinds = passwords;
    self->buckets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

GwThrottle *
gw_throttle_new_for_codes(void)
{
    GwThrottle *self = gw_throttle_new();

    self->kinds = codes;
    return self;
}

void
gw_throttle_free(GwThrottle *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->buckets);
    g_free(self);
}

/* An IPv6 customer has a /64: the address counts as that. */
static char *
network_of(const char *address)
{
    g_autoptr(GInetAddress) parsed = g_inet_address_new_from_string(address);
    char text[64] = "";

    if (parsed == NULL || g_inet_address_get_family(parsed) != G_SOCKET_FAMILY_IPV6 ||
        g_inet_address_get_is_loopback(parsed))
        return g_strdup(address);
    const uint8_t *bytes = g_inet_address_to_bytes(parsed);
    for (unsigned i = 0; i < 8; i++)
        g_snprintf(text + 2 * i, sizeof(text) - 2 * i, "%02x", bytes[i]);
    return g_strdup(text);
}

static char *
key_of(Kind kind, const char *account, const char *network)
{
    g_autofree char *folded = account != NULL ? g_utf8_casefold(account, -1) : g_strdup("");

    switch (kind) {
    case KIND_PAIR:
        return g_strdup_printf("%c%s\n%s", passwords[kind].letter, folded, network);
    case KIND_ADDRESS:
        return g_strdup_printf("%c%s", passwords[kind].letter, network);
    case KIND_ACCOUNT:
        return g_strdup_printf("%c%s", passwords[kind].letter, folded);
    case N_KINDS:
        break;
    }
    g_assert_not_reached();
}

static void
melt(Bucket *bucket, int64_t now_ms)
{
    bucket->debt_ms = MAX(0, bucket->debt_ms - MAX(0, now_ms - bucket->at_ms));
    bucket->at_ms = MAX(bucket->at_ms, now_ms);
}

static gboolean
is_settled(void *key, void *value, void *data)
{
    Bucket *bucket = value;
    const int64_t *now_ms = data;
    (void)key;

    melt(bucket, *now_ms);
    return bucket->debt_ms == 0;
}

static void
make_room(GwThrottle *self, int64_t now_ms)
{
    GHashTableIter iter;
    void *key = NULL, *value = NULL;
    const char *least = NULL;
    int64_t least_debt = INT64_MAX;

    if (g_hash_table_size(self->buckets) < GW_THROTTLE_MAX_BUCKETS)
        return;
    if (g_hash_table_foreach_remove(self->buckets, is_settled, &now_ms) > 0)
        return;
    g_hash_table_iter_init(&iter, self->buckets);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (((Bucket *)value)->debt_ms < least_debt) {
            least = key;
            least_debt = ((Bucket *)value)->debt_ms;
        }
    }
    g_hash_table_remove(self->buckets, least);
}

static Bucket *
get_bucket(GwThrottle *self, const char *key, int64_t now_ms)
{
    Bucket *bucket = g_hash_table_lookup(self->buckets, key);

    if (bucket == NULL) {
        make_room(self, now_ms);
        bucket = g_new0(Bucket, 1);
        bucket->at_ms = now_ms;
        g_hash_table_insert(self->buckets, g_strdup(key), bucket);
    }
    melt(bucket, now_ms);
    return bucket;
}

static int64_t
wait_of(GwThrottle *self, const char *key, Kind kind, int64_t now_ms)
{
    Bucket *bucket = g_hash_table_lookup(self->buckets, key);

    if (bucket == NULL)
        return 0;
    melt(bucket, now_ms);
    return MAX(0, bucket->debt_ms - (self->kinds[kind].tries - 1) * self->kinds[kind].refill_ms);
}

static bool
counts(GwThrottle *self, Kind kind, const char *account, const char *network)
{
    if (account == NULL)
        return kind == KIND_ADDRESS;
    if (kind != KIND_ACCOUNT)
        return true;

    g_autofree char *pair = key_of(KIND_PAIR, account, network);
    const Bucket *bucket = g_hash_table_lookup(self->buckets, pair);
    return bucket == NULL || !bucket->known;
}

bool
gw_throttle_take(GwThrottle *self, const char *account, const char *address, int64_t now_ms, int64_t *ret_wait_ms)
{
    g_autofree char *network = network_of(address);
    int64_t wait_ms = 0;

    for (Kind kind = 0; kind < N_KINDS; kind++) {
        g_autofree char *key = key_of(kind, account, network);
        if (counts(self, kind, account, network))
            wait_ms = MAX(wait_ms, wait_of(self, key, kind, now_ms));
    }
    if (wait_ms > 0) {
        *ret_wait_ms = wait_ms;
        return false;
    }
    for (Kind kind = 0; kind < N_KINDS; kind++) {
        g_autofree char *key = key_of(kind, account, network);
        if (counts(self, kind, account, network))
            get_bucket(self, key, now_ms)->debt_ms += self->kinds[kind].refill_ms;
    }
    return true;
}

void
gw_throttle_succeed(GwThrottle *self, const char *account, const char *address, int64_t now_ms)
{
    g_autofree char *network = network_of(address);

    for (Kind kind = 0; kind < N_KINDS; kind++) {
        g_autofree char *key = key_of(kind, account, network);
        if (!counts(self, kind, account, network))
            continue;
        Bucket *bucket = get_bucket(self, key, now_ms);
        bucket->debt_ms = kind == KIND_PAIR ? 0 : MAX(0, bucket->debt_ms - self->kinds[kind].refill_ms);
    }
    if (account != NULL) {
        g_autofree char *key = key_of(KIND_PAIR, account, network);
        get_bucket(self, key, now_ms)->known = true;
    }
}

unsigned
gw_throttle_get_n_buckets(const GwThrottle *self)
{
    return g_hash_table_size(self->buckets);
}
