#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/supervision/rollcall.h"

#include "gateway/supervision/rollcall-priv.h"

/* All roll-calls, and what is their own among gatherings. */

enum {
    LONGEST_MS = 4 * 60 * 60 * 1000, /* nobody has ended it */
    KEPT_MS = 60 * 60 * 1000,        /* in memory, after its end: it is being sealed */
};

const GwRollcall *
gw_rollcalls_holder_of(const GwRollcalls *self, const char *unit, const GwRollcall *except)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->base.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwRollcall *rollcall = value;
        const GwOffice *office = g_hash_table_lookup(rollcall->base.by_unit, unit);
        if (rollcall == except || gw_rollcall_is_over(rollcall) || office == NULL)
            continue;
        if (office->state != GW_OFFICE_BUSY && office->state != GW_OFFICE_EXCUSED)
            return rollcall;
    }
    return NULL;
}

static bool
check_runs(const GwGathering *self, GError **error)
{
    return gw_rollcall_check_runs((const GwRollcall *)self, error);
}

static bool
end(GwGathering *self, const GwActor *actor, GError **error)
{
    return gw_rollcall_end((GwRollcall *)self, actor, error);
}

static void
tick(GwGathering *self, int64_t now_ms)
{
    GwRollcall *rollcall = (GwRollcall *)self;
    g_autoptr(GError) error = NULL;

    if (!gw_rollcall_is_over(rollcall) && now_ms - self->head.started_ms >= LONGEST_MS &&
        !gw_rollcall_end(rollcall, &gw_actor_system, &error))
        g_warning("roll-call %s: %s", self->head.id, error->message);
}

static bool
is_done(const GwGathering *self, int64_t now_ms)
{
    return gw_rollcall_is_over((const GwRollcall *)self) && now_ms - self->head.ended_ms >= KEPT_MS;
}

static void
on_changed(GwGathering *self, GwCallee *callee)
{
    (void)self;
    if (callee != NULL)
        ((GwOffice *)callee)->changed = true;
}

static JsonObject *
make_change(GwGathering *self)
{
    JsonObject *params = json_object_new();
    JsonArray *offices = json_array_new();

    json_object_set_object_member(params, "rollcall", gw_rollcall_to_json((GwRollcall *)self));
    for (guint i = 0; i < self->callees->len; i++) {
        GwOffice *office = self->callees->pdata[i];
        if (office->changed)
            json_array_add_object_element(offices, gw_office_to_json(office));
        office->changed = false;
    }
    json_object_set_array_member(params, "offices", offices);
    return params;
}

/* Terminals come and go. */

static void
set_office_changed(GwGathering *self, const char *terminal)
{
    for (guint i = 0; i < self->callees->len; i++) {
        GwCallee *callee = self->callees->pdata[i];
        if (g_strcmp0(callee->terminal, terminal) == 0)
            gw_gathering_set_changed(self, callee);
    }
}

static void
on_terminal_changed(const GwTerminal *terminal, void *user_data)
{
    GwRollcalls *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->base.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (!gw_rollcall_is_over(value))
            set_office_changed(value, terminal->id);
    }
}

static const GwPeopleListener people_listener = { .terminal_changed = on_terminal_changed };

void
gw_rollcalls_tick(GwRollcalls *self)
{
    gw_gatherings_tick(&self->base);
}

/* Building. */

GwRollcalls *
gw_rollcalls_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir, GError **error)
{
    static const GwGatheringKind kind = {
        .words = { .word = "roll-call",
                   .param = "rollcall",
                   .party = "office",
                   .watch = "rollcall.watch",
                   .unknown = "There is no such roll-call.",
                   .changed_event = "rollcall.changed",
                   .now_event = "rollcall.turn" },
        .stored = &gw_rollcall_stored,
        .calls = &gw_rollcall_call_handler,
        .check_runs = check_runs,
        .end = end,
        .tick = tick,
        .is_done = is_done,
        .free = gw_rollcall_free,
        .changed = on_changed,
        .make_change = make_change,
        .note_talk = gw_rollcall_note_talk,
    };
    const GwCallPicturesConfig pictures = {
        .dir = pictures_dir,
        .subject = "roll-call",
        .due = "SELECT id FROM rollcall WHERE state = 'ended' AND started_ms < ?1 AND pictures_gone = 0 LIMIT ?2",
        .removed = "UPDATE rollcall SET pictures_gone = 1 WHERE id = ?1",
    };
    g_autoptr(GwRollcalls) self = g_new0(GwRollcalls, 1);

    gw_gatherings_init(&self->base, &kind, gateway, sessions, calls);
    self->asking = g_ptr_array_new();
    self->base.pictures = gw_call_pictures_new(gateway, &pictures, error);
    if (self->base.pictures == NULL || !gw_rollcalls_load(self, error))
        return NULL;
    gw_gatherings_open(&self->base);
    gw_people_add_listener(gateway->people, &people_listener, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_rollcall_methods, self);
        sig_server_add_events(gateway->server, gw_rollcall_events);
        sig_server_add_routes(gateway->server, gw_rollcall_routes, self);
    }
    return g_steal_pointer(&self);
}

void
gw_rollcalls_free(GwRollcalls *self)
{
    if (self == NULL)
        return;
    gw_gatherings_clear(&self->base);
    for (guint i = 0; i < self->asking->len; i++)
        ((GwSheetAsking *)self->asking->pdata[i])->rollcalls = NULL;
    g_ptr_array_unref(self->asking);
    g_free(self);
}
