#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/supervision/rollcall.h"

#include "gateway/supervision/rollcall-priv.h"

/* One roll-call: who rings, who has answered, who is missing. */

GwRollcall *
gw_rollcall_new(GwRollcalls *rollcalls)
{
    GwRollcall *self = g_new0(GwRollcall, 1);

    gw_gathering_init(&self->base, &rollcalls->base, gw_office_free);
    self->sheet.entry = -1;
    return self;
}

void
gw_rollcall_free(void *rollcall)
{
    GwRollcall *self = rollcall;

    if (self == NULL)
        return;
    gw_gathering_clear(&self->base);
    g_free(self->sheet.text);
    g_free(self->sheet.sha256);
    g_free(self);
}

bool
gw_rollcall_is_over(const GwRollcall *self)
{
    return self->base.head.ended_ms != 0;
}

static int64_t
now_ms(const GwRollcall *self)
{
    return gw_gatherings_now_ms(self->base.all);
}

void
gw_office_set_changed(GwOffice *office)
{
    GwGathering *gathering = office->base.gathering;

    gw_store_run(gathering->all->gateway->store, gw_office_make_statement(office), NULL, NULL);
    gw_gathering_set_changed(gathering, &office->base);
}

static void
set_text(char **place, const char *value)
{
    char *before = *place;

    *place = g_strdup(value);
    g_free(before);
}

/* Ringing. */

static void
on_answered(GwCall *call, void *user_data)
{
    GwOffice *office = user_data;
    JsonObject *detail = json_object_new();

    office->state = GW_OFFICE_ANSWERED;
    office->answered_ms = gw_call_get_answered_ms(call);
    office->left = false;
    gw_callee_set_reason(&office->base, NULL);
    set_text(&office->by, NULL);
    json_object_set_int_member(detail, "ms", office->answered_ms - office->called_ms);
    gw_callee_note(&office->base, "answer", detail);
    gw_office_set_changed(office);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwOffice *office = user_data;
    JsonObject *detail = json_object_new();

    (void)call;
    office->base.call = NULL;
    office->state = GW_OFFICE_DECLINED;
    gw_callee_set_reason(&office->base, reason);
    json_object_set_string_member(detail, "reason", reason);
    gw_callee_note(&office->base, "decline", detail);
    gw_office_set_changed(office);
}

static void
set_absent(GwOffice *office)
{
    office->base.call = NULL;
    office->state = GW_OFFICE_ABSENT;
    gw_gathering_note(office->base.gathering, &office->base, "absent", &gw_actor_system, NULL);
    gw_office_set_changed(office);
}

static void
on_missed(GwCall *call, void *user_data)
{
    (void)call;
    set_absent(user_data);
}

static void
on_gone(GwCall *call, void *user_data)
{
    GwOffice *office = user_data;
    GwRollcall *self = gw_office_get_rollcall(office);

    (void)call;
    office->base.call = NULL;
    office->left = true;
    if (self->base.spot == &office->base)
        gw_rollcall_point_nowhere(self, &gw_actor_system);
    gw_callee_close(&office->base);
    gw_gathering_note(&self->base, &office->base, "leave", &gw_actor_system, NULL);
    gw_office_set_changed(office);
}

const GwCallHandler gw_rollcall_call_handler = {
    .answered = on_answered,
    .declined = on_declined,
    .missed = on_missed,
    .gone = on_gone,
};

static GwCallInfo
make_info(const GwOffice *office)
{
    const GwGathering *gathering = office->base.gathering;
    const GwUnit *unit = gw_people_get_unit(gathering->all->gateway->people, gathering->head.unit);
    GwCallInfo info = gw_callee_get_call_info(&office->base);

    info.from = gathering->head.display;
    info.from_unit = unit != NULL ? unit->name : NULL;
    info.until_ms = office->until_ms;
    return info;
}

/* Somebody else's roll-call, a visit, another call: who has it, and what it does. */
static bool
is_busy(GwOffice *office)
{
    GwGatherings *all = office->base.gathering->all;
    const GwRollcall *holder =
        gw_rollcalls_holder_of((GwRollcalls *)all, office->base.unit, gw_office_get_rollcall(office));
    GwBusiness business = { NULL, NULL };

    set_text(&office->busy_with, holder != NULL ? holder->base.head.display : NULL);
    gw_callee_set_reason(&office->base, NULL);
    if (holder == NULL)
        business = gw_calls_get_business(all->calls, office->base.terminal, "roll-call");
    if (holder == NULL && business.what == NULL)
        return false;
    gw_callee_set_reason(&office->base, holder != NULL ? "roll-call" : business.what);
    if (holder == NULL)
        set_text(&office->busy_with, business.from);
    office->state = GW_OFFICE_BUSY;
    return true;
}

static void
ring(GwOffice *office)
{
    GwRollcall *self = gw_office_get_rollcall(office);
    g_autoptr(GError) error = NULL;

    if (office->base.terminal == NULL) {
        office->state = GW_OFFICE_NO_TERMINAL;
        return;
    }
    if (is_busy(office))
        return;
    set_text(&office->signer, NULL);
    set_text(&office->picture, NULL);
    office->calls++;
    office->called_ms = now_ms(self);
    office->until_ms = office->called_ms + (int64_t)self->clock_s * 1000;
    office->answered_ms = 0;
    office->state = GW_OFFICE_RINGING;
    GwCallInfo info = make_info(office);
    office->base.call = gw_calls_ring(self->base.all->calls, &info, &gw_rollcall_call_handler, office, &error);
    if (office->base.call != NULL)
        return;
    office->state = GW_OFFICE_BUSY;
    gw_callee_set_reason(&office->base, error->message);
}

/* Beginning. */

static void
note_start(GwRollcall *self, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "name", self->base.head.name);
    json_object_set_string_member(detail, "unit", self->base.head.unit);
    json_object_set_int_member(detail, "offices", self->base.callees->len);
    json_object_set_int_member(detail, "clock_s", self->clock_s);
    json_object_set_string_member(detail, "recording_class",
                                  gw_recording_class_to_string(self->base.head.recording_class));
    gw_session_add_event(self->base.live, actor, "start", detail);
}

static GwRollcall *
make(GwRollcalls *self, const GwRollcallWish *wish, const GArray *choices, const GwActor *actor)
{
    GwRollcall *rollcall = gw_rollcall_new(self);

    gw_gathering_name(&rollcall->base, "roll", wish->name, wish->identity, actor, choices);
    rollcall->base.head.recording_class = wish->recording_class;
    rollcall->base.head.started_ms = gw_gatherings_now_ms(&self->base);
    rollcall->clock_s = wish->clock_s;
    for (guint i = 0; i < choices->len; i++) {
        const GwChoice *choice = &g_array_index(choices, GwChoice, i);
        gw_office_new(rollcall, choice->unit, choice->name, choice->terminal);
    }
    return rollcall;
}

GwRollcall *
gw_rollcalls_start(GwRollcalls *self, const GwRollcallWish *wish, GArray *choices, const GwActor *actor, GError **error)
{
    g_autoptr(GArray) own = choices;
    GwRollcall *rollcall = NULL;

    if (g_hash_table_size(self->base.by_id) >= GW_ROLLCALL_MAX_RUNNING) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d roll-calls are running or have just ended: wait a little.",
                    GW_ROLLCALL_MAX_RUNNING);
        return NULL;
    }
    rollcall = make(self, wish, own, actor);
    if (!gw_gathering_begin(&rollcall->base, error)) {
        gw_rollcall_free(rollcall);
        return NULL;
    }
    note_start(rollcall, actor);
    for (guint i = 0; i < rollcall->base.callees->len; i++)
        ring(rollcall->base.callees->pdata[i]);
    gw_gatherings_adopt(&self->base, &rollcall->base);
    gw_rollcall_write(rollcall);
    gw_rollcall_write_offices(rollcall);
    gw_gathering_set_changed(&rollcall->base, NULL);
    return rollcall;
}

void
gw_rollcall_bring_back(GwRollcall *self)
{
    GwCalls *calls = self->base.all->calls;

    gw_session_add_event(self->base.live, &gw_actor_system, "restart", NULL);
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwOffice *office = self->base.callees->pdata[i];
        GwCallee *callee = &office->base;
        g_autoptr(GError) error = NULL;
        g_autofree char *id = g_strdup_printf("%s-%u-%u", self->base.head.id, callee->number, office->calls);
        GwCallInfo info = make_info(office);

        if (office->state == GW_OFFICE_ANSWERED)
            callee->call = gw_calls_resume(calls, id, &info, &gw_rollcall_call_handler, office);
        if (office->state != GW_OFFICE_RINGING)
            continue;
        if (office->until_ms > now_ms(self))
            callee->call = gw_calls_ring(calls, &info, &gw_rollcall_call_handler, office, &error);
        if (callee->call == NULL)
            set_absent(office);
    }
}

/* What officials do. */

bool
gw_rollcall_check_runs(const GwRollcall *self, GError **error)
{
    if (!gw_rollcall_is_over(self))
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This roll-call is over: see its sheet.");
    return false;
}

GwOffice *
gw_rollcall_find_office(const GwRollcall *self, const char *unit, GError **error)
{
    return (GwOffice *)gw_gathering_find_callee(&self->base, unit, error);
}

bool
gw_rollcall_call_again(GwRollcall *self, GwOffice *office, const GwActor *actor, GError **error)
{
    const GwTerminal *terminal = gw_offices_terminal_of(self->base.all->gateway->people, office->base.unit);

    if (!gw_rollcall_check_runs(self, error) || !gw_callee_check_free(&office->base, error))
        return false;
    if (terminal != NULL && g_strcmp0(terminal->id, office->base.terminal) != 0)
        gw_callee_set_terminal(&office->base, terminal->id);
    set_text(&office->by, NULL);
    ring(office);
    gw_gathering_note(&self->base, &office->base, "again", actor, NULL);
    gw_office_set_changed(office);
    return true;
}

bool
gw_rollcall_excuse(GwRollcall *self, GwOffice *office, const char *reason, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!gw_rollcall_check_runs(self, error))
        return false;
    if (office->state == GW_OFFICE_ANSWERED) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has answered.", office->base.name);
        return false;
    }
    if (office->base.call != NULL)
        gw_call_cancel(g_steal_pointer(&office->base.call), "cancelled");
    office->state = GW_OFFICE_EXCUSED;
    gw_callee_set_reason(&office->base, reason);
    set_text(&office->by, actor->display);
    detail = json_object_new();
    json_object_set_string_member(detail, "reason", reason);
    gw_gathering_note(&self->base, &office->base, "excuse", actor, detail);
    gw_office_set_changed(office);
    return true;
}

void
gw_rollcall_sign(GwRollcall *self, GwOffice *office, const char *signer, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    set_text(&office->signer, signer);
    json_object_set_string_member(detail, "signer", signer);
    gw_gathering_note(&self->base, &office->base, "sign", actor, detail);
    gw_office_set_changed(office);
}

void
gw_rollcall_take_picture(GwRollcall *self, GwOffice *office, const char *sha256, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    set_text(&office->picture, sha256);
    json_object_set_string_member(detail, "sha256", sha256);
    gw_gathering_note(&self->base, &office->base, "picture", actor, detail);
    gw_office_set_changed(office);
}

bool
gw_rollcall_end(GwRollcall *self, const GwActor *actor, GError **error)
{
    if (!gw_rollcall_check_runs(self, error))
        return false;
    gw_rollcall_point_nowhere(self, actor);
    for (guint i = 0; i < self->base.callees->len; i++) {
        GwOffice *office = self->base.callees->pdata[i];
        bool was_ringing = office->state == GW_OFFICE_RINGING;
        if (office->base.call != NULL)
            gw_call_cancel(g_steal_pointer(&office->base.call), "ended");
        if (was_ringing)
            set_absent(office);
    }
    self->base.head.ended_ms = now_ms(self);
    gw_rollcall_make_sheet(self);
    gw_observers_clear(self->base.observers, self->base.live);
    if (!gw_session_end(self->base.live, actor, "completed", NULL, error))
        return false;
    gw_rollcall_write(self);
    gw_gathering_set_changed(&self->base, NULL);
    return true;
}

/* What pages see. */

unsigned
gw_rollcall_count(const GwRollcall *self, GwOfficeState state)
{
    unsigned n = 0;

    for (guint i = 0; i < self->base.callees->len; i++)
        n += ((const GwOffice *)self->base.callees->pdata[i])->state == state;
    return n;
}

void
gw_rollcall_add_figures(const GwRollcall *self, JsonObject *object)
{
    JsonObject *figures = json_object_new();

    json_object_set_int_member(figures, "total", self->base.callees->len);
    for (GwOfficeState state = 0; state < GW_OFFICE_N_STATES; state++)
        json_object_set_int_member(figures, gw_office_state_to_string(state), gw_rollcall_count(self, state));
    json_object_set_object_member(object, "figures", figures);
}

static void
add_live(const GwGathering *self, JsonObject *object)
{
    const char *to = gw_session_get_talk(self->live);
    const GwCallee *callee = gw_gathering_find_party(self, to);
    const GwObserver *talker = gw_observers_find_talker(self->observers, self->live);

    if (self->spot != NULL)
        json_object_set_string_member(object, "spot", self->spot->unit);
    json_object_set_boolean_member(object, "spot_for_all", self->spot_for_all);
    if (callee != NULL)
        json_object_set_string_member(object, "talk_to", callee->unit);
    if (g_strcmp0(to, GW_TALK_TO_ALL) == 0)
        json_object_set_string_member(object, "talk_to", GW_TALK_TO_ALL);
    if (talker != NULL)
        json_object_set_string_member(object, "talker", talker->display);
    json_object_set_object_member(object, "recording", gw_session_recording_to_json(self->live));
}

JsonObject *
gw_rollcall_to_json(const GwRollcall *self)
{
    const GwGatheringHead *head = &self->base.head;
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->base.all->gateway->people, head->unit);

    json_object_set_string_member(object, "id", head->id);
    json_object_set_string_member(object, "session", head->session);
    json_object_set_string_member(object, "name", head->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "by", head->display);
    json_object_set_string_member(object, "state", gw_rollcall_is_over(self) ? "ended" : "running");
    json_object_set_int_member(object, "clock_s", self->clock_s);
    json_object_set_int_member(object, "started_ms", head->started_ms);
    if (head->ended_ms != 0)
        json_object_set_int_member(object, "ended_ms", head->ended_ms);
    json_object_set_boolean_member(object, "recorded", head->recording_class == GW_CLASS_RECORDED);
    gw_rollcall_add_figures(self, object);
    if (self->base.live != NULL)
        add_live(&self->base, object);
    if (self->sheet.sha256 != NULL)
        json_object_set_string_member(object, "sheet_sha256", self->sheet.sha256);
    if (self->sheet.entry >= 0)
        json_object_set_int_member(object, "sheet_entry", self->sheet.entry);
    return object;
}
