#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/supervision/rollcall.h"

#include "gateway/people/secret.h"
#include "gateway/supervision/rollcall-priv.h"

/* One roll-call: who rings, who has answered, who is missing. */

GwRollcall *
gw_rollcall_new(GwRollcalls *rollcalls)
{
    GwRollcall *self = g_new0(GwRollcall, 1);

    self->rollcalls = rollcalls;
    self->offices = g_ptr_array_new_with_free_func(gw_office_free);
    self->by_unit = g_hash_table_new(g_str_hash, g_str_equal);
    self->observers = gw_observers_new();
    self->sheet.entry = -1;
    return self;
}

void
gw_rollcall_free(void *rollcall)
{
    GwRollcall *self = rollcall;

    if (self == NULL)
        return;
    g_ptr_array_unref(self->observers);
    g_hash_table_unref(self->by_unit);
    g_ptr_array_unref(self->offices);
    g_free(self->head.id);
    g_free(self->head.session);
    g_free(self->head.name);
    g_free(self->head.unit);
    g_free(self->head.person);
    g_free(self->head.display);
    g_free(self->head.audit);
    g_free(self->sheet.text);
    g_free(self->sheet.sha256);
    g_free(self);
}

bool
gw_rollcall_is_over(const GwRollcall *self)
{
    return self->head.ended_ms != 0;
}

static int64_t
now_ms(const GwRollcall *self)
{
    return gw_rollcalls_now_ms(self->rollcalls);
}

void
gw_rollcall_set_changed(GwRollcall *self)
{
    self->changed = true;
    gw_rollcalls_tell_soon(self->rollcalls);
}

void
gw_office_set_changed(GwOffice *office)
{
    office->changed = true;
    gw_store_run(office->rollcall->rollcalls->gateway->store, gw_office_make_statement(office), NULL, NULL);
    gw_rollcall_set_changed(office->rollcall);
}

void
gw_rollcall_note(GwRollcall *self, const GwOffice *office, const char *type, const GwActor *actor, JsonObject *detail)
{
    JsonObject *own = detail != NULL ? detail : json_object_new();

    if (office != NULL) {
        json_object_set_string_member(own, "unit", office->unit);
        json_object_set_string_member(own, "office", office->name);
    }
    gw_session_add_event(self->live, actor, type, own);
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
    g_autofree char *who = g_strconcat("terminal:", office->terminal, NULL);
    const GwActor terminal = { .audit = who, .display = office->name };
    JsonObject *detail = json_object_new();

    office->state = GW_OFFICE_ANSWERED;
    office->answered_ms = gw_call_get_answered_ms(call);
    office->left = false;
    set_text(&office->reason, NULL);
    set_text(&office->by, NULL);
    json_object_set_int_member(detail, "ms", office->answered_ms - office->called_ms);
    gw_rollcall_note(office->rollcall, office, "answer", &terminal, detail);
    gw_office_set_changed(office);
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    GwOffice *office = user_data;
    g_autofree char *who = g_strconcat("terminal:", office->terminal, NULL);
    const GwActor terminal = { .audit = who, .display = office->name };
    JsonObject *detail = json_object_new();

    (void)call;
    office->call = NULL;
    office->state = GW_OFFICE_DECLINED;
    set_text(&office->reason, reason);
    json_object_set_string_member(detail, "reason", reason);
    gw_rollcall_note(office->rollcall, office, "decline", &terminal, detail);
    gw_office_set_changed(office);
}

static void
set_absent(GwOffice *office)
{
    office->call = NULL;
    office->state = GW_OFFICE_ABSENT;
    gw_rollcall_note(office->rollcall, office, "absent", &gw_actor_system, NULL);
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

    (void)call;
    office->call = NULL;
    office->left = true;
    if (office->rollcall->spot == office)
        gw_rollcall_point(office->rollcall, NULL, false, &gw_actor_system);
    gw_party_close_publish(office->party);
    gw_party_close_watch(office->party);
    gw_rollcall_note(office->rollcall, office, "leave", &gw_actor_system, NULL);
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
    const GwRollcall *self = office->rollcall;
    const GwUnit *unit = gw_people_get_unit(self->rollcalls->gateway->people, self->head.unit);

    return (GwCallInfo){
        .terminal = office->terminal,
        .kind = "roll-call",
        .session = self->head.session,
        .party = gw_party_get_name(office->party),
        .from = self->head.display,
        .from_unit = unit != NULL ? unit->name : NULL,
        .until_ms = office->until_ms,
    };
}

/* Somebody else's roll-call, a visit, another call: who has it, and what it does. */
static bool
is_busy(GwOffice *office)
{
    GwRollcalls *rollcalls = office->rollcall->rollcalls;
    const GwRollcall *holder = gw_rollcalls_holder_of(rollcalls, office->unit, office->rollcall);
    GwBusiness business = { NULL, NULL };

    set_text(&office->busy_with, holder != NULL ? holder->head.display : NULL);
    set_text(&office->reason, NULL);
    if (holder == NULL)
        business = gw_calls_get_business(rollcalls->calls, office->terminal, "roll-call");
    if (holder == NULL && business.what == NULL)
        return false;
    set_text(&office->reason, holder != NULL ? "roll-call" : business.what);
    if (holder == NULL)
        set_text(&office->busy_with, business.from);
    office->state = GW_OFFICE_BUSY;
    return true;
}

static void
ring(GwOffice *office)
{
    GwRollcall *self = office->rollcall;
    g_autoptr(GError) error = NULL;

    if (office->terminal == NULL) {
        office->state = GW_OFFICE_NO_TERMINAL;
        return;
    }
    if (is_busy(office))
        return;
    set_text(&office->signer, NULL);
    set_text(&office->picture, NULL);
    office->calls++;
    office->called_ms = now_ms(self);
    office->until_ms = office->called_ms + (int64_t)self->head.clock_s * 1000;
    office->answered_ms = 0;
    office->state = GW_OFFICE_RINGING;
    GwCallInfo info = make_info(office);
    office->call = gw_calls_ring(self->rollcalls->calls, &info, &gw_rollcall_call_handler, office, &error);
    if (office->call != NULL)
        return;
    office->state = GW_OFFICE_BUSY;
    set_text(&office->reason, error->message);
}

/* Beginning. */

static JsonObject *
make_card(const GwRollcall *self)
{
    JsonObject *card = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->rollcalls->gateway->people, self->head.unit);

    json_object_set_string_member(card, "rollcall", self->head.id);
    json_object_set_string_member(card, "name", self->head.name);
    json_object_set_string_member(card, "by", self->head.display);
    json_object_set_int_member(card, "offices", self->offices->len);
    if (unit != NULL)
        json_object_set_object_member(card, "unit", unit);
    return card;
}

bool
gw_rollcall_attach(GwRollcall *self, GwSessionState state)
{
    g_autoptr(JsonObject) card = make_card(self);
    g_autofree char *object = g_strconcat("roll-call:", self->head.id, NULL);
    const GwSessionInfo info = {
        .id = self->head.session,
        .kind = "roll-call",
        .unit = self->head.unit,
        .object = object,
        .recording_class = self->head.recording_class,
        .state = state,
        .live_since_ms = state == GW_SESSION_LIVE ? self->head.started_ms : 0,
        .card = card,
        .star = true,
    };

    self->live = gw_sessions_add(self->rollcalls->sessions, &info, &gw_rollcall_session_handler, self);
    if (self->live == NULL)
        return false;
    gw_session_set_authority(self->live, self->head.audit);
    for (guint i = 0; i < self->offices->len; i++) {
        GwOffice *office = self->offices->pdata[i];
        g_autofree char *name = g_strdup_printf("office-%u", office->number);
        office->party = gw_session_add_party(self->live, name, GW_ROLE_PARTY);
    }
    return true;
}

static bool
go_live(GwRollcall *self, GError **error)
{
    return gw_session_set_state(self->live, GW_SESSION_OPEN, error) &&
           gw_session_set_state(self->live, GW_SESSION_LIVE, error);
}

static void
note_start(GwRollcall *self, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "name", self->head.name);
    json_object_set_string_member(detail, "unit", self->head.unit);
    json_object_set_int_member(detail, "offices", self->offices->len);
    json_object_set_int_member(detail, "clock_s", self->head.clock_s);
    json_object_set_string_member(detail, "recording_class", gw_recording_class_to_string(self->head.recording_class));
    gw_session_add_event(self->live, actor, "start", detail);
}

static GwRollcall *
make(GwRollcalls *self, const GwRollcallWish *wish, const GArray *choices, const GwActor *actor)
{
    GwRollcall *rollcall = gw_rollcall_new(self);

    rollcall->head = (GwRollcallHead){
        .id = gw_secret_new_id("roll"),
        .session = g_uuid_string_random(),
        .name = g_strdup(wish->name),
        .unit = gw_offices_common_unit(self->gateway->people, choices),
        .person = g_strdup(wish->identity->id),
        .display = g_strdup(actor->display),
        .audit = g_strdup(actor->audit),
        .clock_s = wish->clock_s,
        .recording_class = wish->recording_class,
        .started_ms = gw_rollcalls_now_ms(self),
    };
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

    if (g_hash_table_size(self->by_id) >= GW_ROLLCALL_MAX_RUNNING) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d roll-calls are running or have just ended: wait a little.",
                    GW_ROLLCALL_MAX_RUNNING);
        return NULL;
    }
    rollcall = make(self, wish, own, actor);
    if (!gw_rollcall_attach(rollcall, GW_SESSION_SCHEDULED) || !go_live(rollcall, error)) {
        if (rollcall->live != NULL)
            gw_sessions_remove(self->sessions, rollcall->live);
        gw_rollcall_free(rollcall);
        if (error != NULL && *error == NULL)
            g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INTERNAL, "The session could not be made.");
        return NULL;
    }
    note_start(rollcall, actor);
    for (guint i = 0; i < rollcall->offices->len; i++)
        ring(rollcall->offices->pdata[i]);
    gw_rollcalls_adopt(self, rollcall);
    gw_rollcall_write(rollcall);
    gw_rollcall_write_offices(rollcall);
    gw_rollcall_set_changed(rollcall);
    return rollcall;
}

void
gw_rollcall_bring_back(GwRollcall *self)
{
    GwRollcalls *rollcalls = self->rollcalls;

    gw_session_add_event(self->live, &gw_actor_system, "restart", NULL);
    for (guint i = 0; i < self->offices->len; i++) {
        GwOffice *office = self->offices->pdata[i];
        g_autoptr(GError) error = NULL;
        g_autofree char *id = g_strdup_printf("%s-%u-%u", self->head.id, office->number, office->calls);
        GwCallInfo info = make_info(office);

        if (office->state == GW_OFFICE_ANSWERED)
            office->call = gw_calls_resume(rollcalls->calls, id, &info, &gw_rollcall_call_handler, office);
        if (office->state != GW_OFFICE_RINGING)
            continue;
        if (office->until_ms > now_ms(self))
            office->call = gw_calls_ring(rollcalls->calls, &info, &gw_rollcall_call_handler, office, &error);
        if (office->call == NULL)
            set_absent(office);
    }
}

/* What officials do. */

static bool
check_runs(const GwRollcall *self, GError **error)
{
    if (!gw_rollcall_is_over(self))
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This roll-call is over: see its sheet.");
    return false;
}

GwOffice *
gw_rollcall_find_office(const GwRollcall *self, const char *unit, GError **error)
{
    GwOffice *office = g_hash_table_lookup(self->by_unit, unit);

    if (office == NULL)
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "'%s' is no office of this roll-call.", unit);
    return office;
}

bool
gw_rollcall_call_again(GwRollcall *self, GwOffice *office, const GwActor *actor, GError **error)
{
    const GwTerminal *terminal = gw_offices_terminal_of(self->rollcalls->gateway->people, office->unit);

    if (!check_runs(self, error))
        return false;
    if (office->call != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s %s.", office->name,
                    gw_call_is_answered(office->call) ? "has answered" : "is ringing");
        return false;
    }
    if (terminal != NULL && g_strcmp0(terminal->id, office->terminal) != 0)
        set_text(&office->terminal, terminal->id);
    set_text(&office->by, NULL);
    ring(office);
    gw_rollcall_note(self, office, "again", actor, NULL);
    gw_office_set_changed(office);
    return true;
}

bool
gw_rollcall_excuse(GwRollcall *self, GwOffice *office, const char *reason, const GwActor *actor, GError **error)
{
    JsonObject *detail = NULL;

    if (!check_runs(self, error))
        return false;
    if (office->state == GW_OFFICE_ANSWERED) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has answered.", office->name);
        return false;
    }
    if (office->call != NULL)
        gw_call_cancel(g_steal_pointer(&office->call), "cancelled");
    office->state = GW_OFFICE_EXCUSED;
    set_text(&office->reason, reason);
    set_text(&office->by, actor->display);
    detail = json_object_new();
    json_object_set_string_member(detail, "reason", reason);
    gw_rollcall_note(self, office, "excuse", actor, detail);
    gw_office_set_changed(office);
    return true;
}

void
gw_rollcall_sign(GwRollcall *self, GwOffice *office, const char *signer, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    set_text(&office->signer, signer);
    json_object_set_string_member(detail, "signer", signer);
    gw_rollcall_note(self, office, "sign", actor, detail);
    gw_office_set_changed(office);
}

void
gw_rollcall_take_picture(GwRollcall *self, GwOffice *office, const char *sha256, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    set_text(&office->picture, sha256);
    json_object_set_string_member(detail, "sha256", sha256);
    gw_rollcall_note(self, office, "picture", actor, detail);
    gw_office_set_changed(office);
}

bool
gw_rollcall_end(GwRollcall *self, const GwActor *actor, GError **error)
{
    if (!check_runs(self, error))
        return false;
    gw_rollcall_point(self, NULL, false, actor);
    for (guint i = 0; i < self->offices->len; i++) {
        GwOffice *office = self->offices->pdata[i];
        bool was_ringing = office->state == GW_OFFICE_RINGING;
        if (office->call != NULL)
            gw_call_cancel(g_steal_pointer(&office->call), "ended");
        if (was_ringing)
            set_absent(office);
    }
    self->head.ended_ms = now_ms(self);
    gw_rollcall_make_sheet(self);
    gw_observers_clear(self->observers, self->live);
    if (!gw_session_end(self->live, actor, "completed", NULL, error))
        return false;
    gw_rollcall_write(self);
    gw_rollcall_set_changed(self);
    return true;
}

/* What pages see. */

unsigned
gw_rollcall_count(const GwRollcall *self, GwOfficeState state)
{
    unsigned n = 0;

    for (guint i = 0; i < self->offices->len; i++)
        n += ((const GwOffice *)self->offices->pdata[i])->state == state;
    return n;
}

void
gw_rollcall_add_figures(const GwRollcall *self, JsonObject *object)
{
    JsonObject *figures = json_object_new();

    json_object_set_int_member(figures, "total", self->offices->len);
    for (GwOfficeState state = 0; state < GW_OFFICE_N_STATES; state++)
        json_object_set_int_member(figures, gw_office_state_to_string(state), gw_rollcall_count(self, state));
    json_object_set_object_member(object, "figures", figures);
}

static void
add_live(const GwRollcall *self, JsonObject *object)
{
    const char *to = gw_session_get_talk(self->live);
    const GwObserver *talker = gw_observers_find_talker(self->observers, self->live);

    if (self->spot != NULL)
        json_object_set_string_member(object, "spot", self->spot->unit);
    json_object_set_boolean_member(object, "spot_for_all", self->spot_for_all);
    for (guint i = 0; to != NULL && i < self->offices->len; i++) {
        const GwOffice *office = self->offices->pdata[i];
        if (office->party != NULL && g_strcmp0(gw_party_get_name(office->party), to) == 0)
            json_object_set_string_member(object, "talk_to", office->unit);
    }
    if (g_strcmp0(to, GW_TALK_TO_ALL) == 0)
        json_object_set_string_member(object, "talk_to", GW_TALK_TO_ALL);
    if (talker != NULL)
        json_object_set_string_member(object, "talker", talker->display);
    json_object_set_object_member(object, "recording", gw_session_recording_to_json(self->live));
}

JsonObject *
gw_rollcall_to_json(const GwRollcall *self)
{
    const GwRollcallHead *head = &self->head;
    JsonObject *object = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->rollcalls->gateway->people, head->unit);

    json_object_set_string_member(object, "id", head->id);
    json_object_set_string_member(object, "session", head->session);
    json_object_set_string_member(object, "name", head->name);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    json_object_set_string_member(object, "by", head->display);
    json_object_set_string_member(object, "state", gw_rollcall_is_over(self) ? "ended" : "running");
    json_object_set_int_member(object, "clock_s", head->clock_s);
    json_object_set_int_member(object, "started_ms", head->started_ms);
    if (head->ended_ms != 0)
        json_object_set_int_member(object, "ended_ms", head->ended_ms);
    json_object_set_boolean_member(object, "recorded", head->recording_class == GW_CLASS_RECORDED);
    gw_rollcall_add_figures(self, object);
    if (self->live != NULL)
        add_live(self, object);
    if (self->sheet.sha256 != NULL)
        json_object_set_string_member(object, "sheet_sha256", self->sheet.sha256);
    if (self->sheet.entry >= 0)
        json_object_set_int_member(object, "sheet_entry", self->sheet.entry);
    return object;
}
