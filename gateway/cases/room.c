#define G_LOG_DOMAIN "gateway.room"

#include "gateway/cases/room.h"

#include <string.h>

#include "gateway/people/secret.h"

enum {
    LONGEST_MS = 12 * 60 * 60 * 1000, /* nobody has ended it */
    KEPT_MS = 10 * 60 * 1000,         /* in memory, after its end */
};

static void
free_member(void *data)
{
    GwMember *member = data;

    g_free(member->unit);
    g_free(member->terminal);
    g_free(member->before);
    g_free(member);
}

static void
let_go_of_session(GwRoom *self)
{
    GwSession *live = g_steal_pointer(&self->live);

    if (live == NULL)
        return;
    gw_observers_clear(self->observers, live);
    gw_sessions_remove(self->cases->needs.sessions, live);
}

void
gw_room_free(void *data)
{
    GwRoom *self = data;

    if (self == NULL)
        return;
    for (guint i = 0; i < self->members->len; i++) {
        GwMember *member = self->members->pdata[i];
        if (member->call != NULL)
            gw_call_cancel(g_steal_pointer(&member->call), "ended");
    }
    let_go_of_session(self);
    gw_speech_free(self->saying.speech);
    g_ptr_array_unref(self->members);
    g_ptr_array_unref(self->observers);
    g_clear_pointer(&self->cameras, json_array_unref);
    g_clear_pointer(&self->people, json_array_unref);
    g_free(self->id);
    g_free(self->kind);
    g_free(self->name);
    g_free(self->unit);
    g_free(self->sentence);
    g_free(self->plan);
    g_free(self->case_id);
    g_free(self->who);
    g_free(self->display);
    g_free(self);
}

bool
gw_room_is_over(const GwRoom *self)
{
    return self->ended_ms != 0;
}

int64_t
gw_room_now_ms(const GwRoom *self)
{
    return gw_sessions_now_ms(self->cases->needs.sessions);
}

void
gw_room_note(const GwRoom *self, const GwMember *member, const char *type, const GwActor *actor)
{
    JsonObject *detail = json_object_new();

    if (member != NULL)
        gw_object_set_text(detail, "unit", member->unit);
    gw_object_set_text(detail, "case", self->case_id);
    gw_session_add_event(self->live, actor, type, detail);
}

/* What sessions/ asks and tells. */

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwRoom *self = user_data;

    (void)session;
    if (self->live == NULL)
        return;
    for (guint i = 0; i < self->members->len; i++) {
        GwMember *member = self->members->pdata[i];
        if (member->party != party || !gw_party_is_connected(party))
            continue;
        if (!member->seen) {
            member->seen = true;
            gw_room_write(self);
        }
        if (member->call != NULL && gw_party_is_by_token(party))
            gw_call_on_media(member->call);
    }
    gw_room_tell(self);
}

static void
on_recording_changed(GwSession *session, void *user_data)
{
    const GwRoom *self = user_data;

    (void)session;
    if (self->live != NULL)
        gw_room_tell(self);
}

static bool
on_end(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    (void)session;
    (void)cause;
    return gw_room_end(user_data, actor, error);
}

static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwRoom *self = user_data;

    (void)session;
    for (guint i = 0; identity->seat == GW_SEAT_TERMINAL && i < self->members->len; i++) {
        const GwMember *member = self->members->pdata[i];
        if (member->call != NULL && g_strcmp0(member->terminal, identity->id) == 0)
            return gw_party_get_name(member->party);
    }
    return NULL;
}

static const GwSessionHandler session_handler = {
    .party_changed = on_party_changed,
    .recording_changed = on_recording_changed,
    .end = on_end,
    .party_of_identity = on_party_of_identity,
};

/* Opening. */

GwRoom *
gw_room_new(GwCases *cases, const char *id)
{
    GwRoom *self = g_new0(GwRoom, 1);

    self->cases = cases;
    self->id = g_strdup(id);
    self->members = g_ptr_array_new_with_free_func(free_member);
    self->observers = gw_observers_new();
    return self;
}

static GwRoom *
make(GwCases *cases, const GwRoomWish *wish, const GwActor *actor)
{
    g_autofree char *id = gw_secret_new_id("room");
    GwRoom *self = gw_room_new(cases, id);

    self->kind = g_strdup(wish->kind);
    self->name = g_strdup(wish->name);
    self->unit = g_strdup(wish->unit);
    self->sentence = g_strdup(wish->sentence);
    self->plan = g_strdup(wish->plan);
    self->case_id = g_strdup(wish->case_id);
    self->who = g_strdup(actor->audit);
    self->display = g_strdup(actor->display != NULL ? actor->display : "");
    self->cameras = wish->cameras != NULL ? json_array_ref(wish->cameras) : NULL;
    self->people = wish->people != NULL ? json_array_ref(wish->people) : NULL;
    self->opened_ms = gw_room_now_ms(self);
    return self;
}

static JsonObject *
make_card(const GwRoom *self)
{
    JsonObject *card = gw_object_with_text("room", self->id);
    JsonObject *unit = gw_people_unit_to_json(self->cases->gateway->people, self->unit);

    json_object_set_string_member(card, "name", self->name);
    json_object_set_string_member(card, "by", self->display);
    gw_object_set_text(card, "case", self->case_id);
    if (unit != NULL)
        json_object_set_object_member(card, "unit", unit);
    return card;
}

/* session: of one that goes on; NULL: a new one. */
static bool
attach(GwRoom *self, const char *session)
{
    g_autoptr(JsonObject) card = make_card(self);
    g_autofree char *object = g_strconcat("room:", self->id, NULL);
    const GwSessionInfo info = {
        .id = session,
        .kind = self->kind,
        .unit = self->unit,
        .object = object,
        .recording_class = GW_CLASS_RECORDED,
        .state = session != NULL ? GW_SESSION_LIVE : GW_SESSION_SCHEDULED,
        .live_since_ms = session != NULL ? self->opened_ms : 0,
        .card = card,
        .star = true,
    };

    self->live = gw_sessions_add(self->cases->needs.sessions, &info, &session_handler, self);
    if (self->live == NULL)
        return false;
    gw_session_set_authority(self->live, self->who);
    for (guint i = 0; i < self->members->len; i++) {
        GwMember *member = self->members->pdata[i];
        g_autofree char *party = g_strdup_printf("member-%u", member->number);
        member->party = gw_session_add_party(self->live, party, GW_ROLE_PARTY);
    }
    return true;
}

static bool
go_live(GwRoom *self, GError **error)
{
    return gw_session_set_state(self->live, GW_SESSION_OPEN, error) &&
           gw_session_set_state(self->live, GW_SESSION_LIVE, error);
}

GwMember *
gw_room_add_member(GwRoom *self, const char *unit, const char *terminal)
{
    GwMember *member = g_new0(GwMember, 1);

    member->room = self;
    member->number = self->members->len + 1;
    member->unit = g_strdup(unit);
    member->terminal = g_strdup(terminal);
    g_ptr_array_add(self->members, member);
    return member;
}

static void
prepare_speech(GwRoom *self)
{
    if (self->sentence != NULL && *self->sentence != '\0')
        self->saying.speech = gw_speech_new(self->cases->gateway->config->cases.speaker, self->sentence);
}

GwRoom *
gw_rooms_open(GwCases *cases, const GwRoomWish *wish, const GwActor *actor, GError **error)
{
    GwRoom *self = NULL;

    if (g_hash_table_size(cases->rooms) >= GW_ROOMS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d rooms are open or have just ended: end one first.",
                    GW_ROOMS_MAX);
        return NULL;
    }
    self = make(cases, wish, actor);
    for (guint i = 0; i < wish->units->len; i++)
        gw_room_add_member(self, wish->units->pdata[i], wish->terminals->pdata[i]);
    if (!attach(self, NULL) || !go_live(self, error)) {
        gw_room_free(self);
        return NULL;
    }
    gw_room_note(self, NULL, "open", actor);
    prepare_speech(self);
    for (guint i = 0; i < self->members->len; i++)
        gw_room_ring(self->members->pdata[i]);
    g_hash_table_insert(cases->rooms, self->id, self);
    gw_room_write(self);
    gw_room_tell(self);
    gw_room_invite(self);
    return self;
}

bool
gw_room_bring_back(GwRoom *self, const char *session, unsigned ordinals)
{
    if (!attach(self, session)) {
        gw_room_free(self);
        return false;
    }
    gw_session_skip_ordinals(self->live, ordinals);
    gw_room_note(self, NULL, "restart", &gw_actor_system);
    prepare_speech(self);
    for (guint i = 0; i < self->members->len; i++)
        gw_room_resume_member(self->members->pdata[i]);
    if (self->spot != NULL)
        gw_session_set_spot(self->live, gw_party_get_name(self->spot->party), false);
    g_hash_table_insert(self->cases->rooms, self->id, self);
    gw_room_write(self);
    return true;
}

/* What officials do. */

GwMember *
gw_room_find_member(const GwRoom *self, unsigned number)
{
    return number >= 1 && number <= self->members->len ? self->members->pdata[number - 1] : NULL;
}

static bool
check_open(const GwRoom *self, GError **error)
{
    if (!gw_room_is_over(self))
        return true;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This room has ended.");
    return false;
}

bool
gw_room_join(GwRoom *self, SigClient *client, GError **error)
{
    const GwIdentity *identity = gw_identity_of_client(client);
    const GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer != NULL)
        return true;
    if (!check_open(self, error))
        return false;
    observer = gw_observers_add(self->observers, self->live, client, identity, error);
    if (observer == NULL)
        return false;
    const GwActor actor = gw_observer_get_actor(observer);
    gw_room_note(self, NULL, "observe", &actor);
    gw_room_tell(self);
    return true;
}

void
gw_room_leave(GwRoom *self, SigClient *client)
{
    GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer == NULL || self->live == NULL)
        return;
    if (gw_session_get_talker(self->live) == observer->party && !gw_room_talk(self, client, NULL, false, NULL))
        g_debug("room %s: the floor was free", self->id);
    const GwActor actor = gw_observer_get_actor(observer);
    gw_room_note(self, NULL, "unobserve", &actor);
    gw_observers_remove(self->observers, self->live, observer);
    gw_room_tell(self);
}

void
gw_room_point(GwRoom *self, GwMember *member, bool for_all, const GwActor *actor)
{
    self->spot = member;
    gw_session_set_spot(self->live, member != NULL ? gw_party_get_name(member->party) : NULL,
                        member != NULL && for_all);
    gw_room_note(self, member, "turn", actor);
    gw_room_write(self);
    gw_room_tell(self);
}

bool
gw_room_talk(GwRoom *self, SigClient *client, GwMember *member, bool all, GError **error)
{
    const GwObserver *observer = gw_observers_find(self->observers, client);
    const char *to = all ? GW_TALK_TO_ALL : member != NULL ? gw_party_get_name(member->party) : NULL;

    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Come in first (rooms.join).");
        return false;
    }
    if (!check_open(self, error) || !gw_observers_check_floor(self->observers, self->live, observer, error))
        return false;
    if (member != NULL && member->state != GW_MEMBER_ANSWERED) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This office has not answered, or has left.");
        return false;
    }
    if (!gw_session_set_talk(self->live, observer->party, to, error))
        return false;
    const GwActor actor = gw_observer_get_actor(observer);
    gw_room_note(self, member, "talk", &actor);
    gw_room_tell(self);
    return true;
}

/* What the case writes down of it. */
static GwCaseActionInput
get_outcome(const GwRoom *self)
{
    GwCaseActionInput outcome = { .result = "no-answer" };

    for (guint i = 0; i < self->members->len; i++) {
        const GwMember *member = self->members->pdata[i];
        if (member->answered_ms != 0)
            outcome.result = "answered";
        else if (member->state == GW_MEMBER_DECLINED && strcmp(outcome.result, "no-answer") == 0)
            outcome.result = "refused";
        if (member->seen)
            outcome.session = gw_session_get_id(self->live);
    }
    return outcome;
}

static void
tell_case(GwRoom *self)
{
    GwCase *one = self->case_id != NULL ? g_hash_table_lookup(self->cases->by_id, self->case_id) : NULL;
    GwCaseAction *action = one != NULL ? gw_case_find_action(one, self->action) : NULL;
    const GwActor actor = { .audit = self->who, .display = self->display };
    const GwCaseActionInput outcome = get_outcome(self);
    g_autoptr(GError) error = NULL;

    if (action != NULL && action->result == NULL &&
        !gw_cases_set_result(self->cases, one, action, &outcome, &actor, &error))
        g_debug("room %s: %s", self->id, error->message);
}

bool
gw_room_end(GwRoom *self, const GwActor *actor, GError **error)
{
    if (!check_open(self, error))
        return false;
    self->ended_ms = gw_room_now_ms(self);
    self->spot = NULL;
    for (guint i = 0; i < self->members->len; i++) {
        GwMember *member = self->members->pdata[i];
        if (member->call != NULL)
            gw_call_cancel(g_steal_pointer(&member->call), "ended");
        if (member->state == GW_MEMBER_RINGING)
            member->state = GW_MEMBER_ABSENT;
    }
    gw_observers_clear(self->observers, self->live);
    if (gw_session_get_state(self->live) < GW_SESSION_ENDED &&
        !gw_session_end(self->live, actor, "completed", NULL, error))
        return false;
    gw_room_write(self);
    tell_case(self);
    gw_room_tell(self);
    return true;
}

/* Connections and time. */

static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    GwCases *cases = user_data;
    GwRoom *room = id != NULL ? g_hash_table_lookup(cases->rooms, id) : NULL;
    const GwObserver *observer = NULL;

    if (room == NULL || !gw_room_is_seen_by(room, gw_identity_of_client(client)))
        return NULL;
    observer = gw_observers_find(room->observers, client);
    if (observer == NULL)
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Come in first (rooms.join).");
    return observer != NULL ? observer->party : NULL;
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwCases *cases = user_data;
    GHashTableIter iter;
    void *value = NULL;

    (void)identity;
    g_hash_table_iter_init(&iter, cases->rooms);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        gw_room_leave(value, client);
}

static void
drop_strangers(GwRoom *room, const char *person)
{
    for (guint i = room->observers->len; i > 0; i--) {
        const GwObserver *observer = room->observers->pdata[i - 1];
        if (strcmp(observer->person, person) == 0 && !gw_room_is_seen_by(room, gw_identity_of_client(observer->client)))
            gw_room_leave(room, observer->client);
    }
}

/* Who may not look on any more does not. */
static void
on_rights_changed(const char *person, void *user_data)
{
    GwCases *cases = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, cases->rooms);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        drop_strangers(value, person);
}

static const GwPeopleListener people_listener = {
    .client_closed = on_client_closed,
    .rights_changed = on_rights_changed,
};

void
gw_rooms_attach(GwCases *self)
{
    gw_sessions_add_party_lookup(self->needs.sessions, on_party_of_client, self);
    gw_people_add_listener(self->gateway->people, &people_listener, self);
}

void
gw_rooms_tick(GwCases *self)
{
    g_autoptr(GList) rooms = g_hash_table_get_values(self->rooms);

    for (GList *item = rooms; item != NULL; item = item->next) {
        GwRoom *room = item->data;
        g_autoptr(GError) error = NULL;
        int64_t now = gw_room_now_ms(room);
        if (!gw_room_is_over(room))
            gw_room_speak(room);
        if (!gw_room_is_over(room) && now - room->opened_ms >= LONGEST_MS &&
            !gw_room_end(room, &gw_actor_system, &error))
            g_warning("room %s: %s", room->id, error->message);
        if (gw_room_is_over(room) && now - room->ended_ms >= KEPT_MS &&
            gw_session_get_recording(room->live).state != GW_RECORDING_SEALING)
            g_hash_table_remove(self->rooms, room->id);
    }
}
