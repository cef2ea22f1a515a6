#define G_LOG_DOMAIN "gateway.lesson"

#include "gateway/lessons/lessons.h"

#include <string.h>

#include "gateway/lessons/lessons-priv.h"

/* All lessons: time, connections, and what sessions/ asks. */

enum { TICK_MS = 1000, TELL_MS = 300 };

int64_t
gw_lessons_now_ms(const GwLessons *self)
{
    return gw_sessions_now_ms(self->sessions);
}

bool
gw_lessons_may_see(GwLessons *self, const GwIdentity *identity, const char *unit, const char *person)
{
    if (identity == NULL || identity->seat != GW_SEAT_CONSOLE || (identity->access & GW_ACCESS_INSPECTOR) == 0)
        return false;
    return g_strcmp0(identity->id, person) == 0 ||
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, unit);
}

/* Whoever planned it must still reach each of its offices. */
static bool
is_seen_by(const GwLesson *self, const GwIdentity *identity)
{
    GwPeople *people = self->lessons->gateway->people;

    if (!gw_lessons_may_see(self->lessons, identity, self->head.unit, self->head.person))
        return false;
    if (gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, self->head.unit))
        return true;
    for (guint i = 0; i < self->places->len; i++) {
        const GwAttendee *place = self->places->pdata[i];
        if (!gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, place->unit))
            return false;
    }
    return true;
}

GwLesson *
gw_lessons_find_for(GwLessons *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwLesson *lesson = g_hash_table_lookup(self->by_id, id);

    if (lesson != NULL && is_seen_by(lesson, identity))
        return lesson;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such lesson, or it has been signed.");
    return NULL;
}

GwAttendee *
gw_lessons_find_attendee_of_call(GwLessons *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwCall *call = gw_calls_find(self->calls, id);

    if (call == NULL || identity == NULL || identity->seat != GW_SEAT_TERMINAL ||
        g_strcmp0(gw_call_get_terminal(call), identity->id) != 0 ||
        gw_call_get_handler(call) != &gw_attendee_call_handler) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such lesson for this terminal.");
        return NULL;
    }
    if (!gw_call_is_answered(call)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Answer first (call.answer).");
        return NULL;
    }
    return gw_call_get_data(call);
}

void
gw_lessons_adopt(GwLessons *self, GwLesson *lesson)
{
    g_hash_table_insert(self->by_id, lesson->head.id, lesson);
}

/* Telling: that something has changed; pages ask what. */

static void
tell(GwLessons *self, const GwLesson *lesson)
{
    for (guint i = 0; i < self->consoles->len; i++) {
        SigClient *client = self->consoles->pdata[i];
        JsonObject *params = NULL;
        if (!is_seen_by(lesson, gw_identity_of_client(client)))
            continue;
        params = json_object_new();
        json_object_set_string_member(params, "lesson", lesson->head.id);
        json_object_set_string_member(params, "state", gw_lesson_state_to_string(lesson->state));
        sig_client_notify(client, "lesson.changed", params);
    }
}

static gboolean
on_tell(void *data)
{
    GwLessons *self = data;
    GHashTableIter iter;
    void *value = NULL;

    self->tell_source = 0;
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwLesson *lesson = value;
        if (lesson->changed)
            tell(self, lesson);
        lesson->changed = false;
    }
    return G_SOURCE_REMOVE;
}

void
gw_lessons_tell_soon(GwLessons *self)
{
    if (self->tell_source == 0)
        self->tell_source = g_timeout_add(TELL_MS, on_tell, self);
}

/* What sessions/ asks and tells. */

static GwAttendee *
find_place_of_party(const GwLesson *self, const GwParty *party)
{
    for (guint i = 0; i < self->places->len; i++) {
        GwAttendee *place = self->places->pdata[i];
        if (place->party == party)
            return place;
    }
    return NULL;
}

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwAttendee *place = find_place_of_party(user_data, party);

    (void)session;
    if (place == NULL)
        return;
    if (place->call != NULL && gw_party_is_connected(party) && gw_party_is_by_token(party))
        gw_call_on_media(place->call);
    gw_lesson_set_changed(place->lesson);
}

static void
on_recording_changed(GwSession *session, void *user_data)
{
    (void)session;
    gw_lesson_set_changed(user_data);
}

static bool
on_end(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    (void)session;
    (void)cause;
    return gw_lesson_end(user_data, actor, error);
}

static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwLesson *self = user_data;

    (void)session;
    for (guint i = 0; identity->seat == GW_SEAT_TERMINAL && i < self->places->len; i++) {
        const GwAttendee *place = self->places->pdata[i];
        if (place->call != NULL && g_strcmp0(place->terminal, identity->id) == 0)
            return gw_party_get_name(place->party);
    }
    return NULL;
}

const GwSessionHandler gw_lesson_session_handler = {
    .party_changed = on_party_changed,
    .recording_changed = on_recording_changed,
    .end = on_end,
    .party_of_identity = on_party_of_identity,
};

static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    GwLessons *self = user_data;
    GwLesson *lesson = id != NULL ? g_hash_table_lookup(self->by_id, id) : NULL;

    if (lesson == NULL || !is_seen_by(lesson, gw_identity_of_client(client)))
        return NULL;
    const GwObserver *observer = gw_observers_find(lesson->observers, client);
    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (lessons.watch).");
        return NULL;
    }
    return observer->party;
}

/* Connections. */

static void
on_client_opened(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwLessons *self = user_data;

    if (identity->seat == GW_SEAT_CONSOLE && (identity->access & GW_ACCESS_INSPECTOR) != 0)
        g_ptr_array_add(self->consoles, client);
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwLessons *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    if (identity->seat != GW_SEAT_CONSOLE)
        return;
    g_ptr_array_remove_fast(self->consoles, client);
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        gw_lesson_unwatch(value, client);
}

/* Who may not look on any more does not. */
static void
on_rights_changed(const char *person, void *user_data)
{
    GwLessons *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwLesson *lesson = value;
        for (guint i = lesson->observers->len; i > 0; i--) {
            const GwObserver *observer = lesson->observers->pdata[i - 1];
            if (g_strcmp0(observer->person, person) == 0 &&
                !is_seen_by(lesson, gw_identity_of_client(observer->client)))
                gw_lesson_unwatch(lesson, observer->client);
        }
    }
}

static const GwPeopleListener people_listener = {
    .rights_changed = on_rights_changed,
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
};

/* Time. */

static bool
can_be_forgotten(const GwLesson *lesson)
{
    if (lesson->state != GW_LESSON_SIGNED && lesson->state != GW_LESSON_CANCELLED)
        return false;
    return !lesson->changed &&
           (lesson->live == NULL || gw_session_get_recording(lesson->live).state != GW_RECORDING_SEALING);
}

static void
forget(GwLessons *self, GwLesson *lesson)
{
    g_hash_table_steal(self->by_id, lesson->head.id);
    if (lesson->live != NULL) {
        gw_observers_clear(lesson->observers, lesson->live);
        gw_sessions_remove(self->sessions, lesson->live);
    }
    gw_lesson_free(lesson);
}

void
gw_lessons_tick(GwLessons *self)
{
    g_autoptr(GList) lessons = g_hash_table_get_values(self->by_id);
    int64_t now_ms = gw_lessons_now_ms(self);

    gw_call_pictures_tick(self->pictures, now_ms, g_get_monotonic_time());
    for (GList *item = lessons; item != NULL; item = item->next) {
        gw_lesson_tick(item->data, now_ms);
        if (can_be_forgotten(item->data))
            forget(self, item->data);
    }
}

static gboolean
on_tick(void *data)
{
    gw_lessons_tick(data);
    return G_SOURCE_CONTINUE;
}

/* Building. */

static bool
party_sends(const GwAttendee *place)
{
    return place->party != NULL && gw_party_is_connected(place->party);
}

static void
add_rows(GwLessons *self)
{
    SigServer *server = self->gateway->server;

    sig_server_add_methods(server, gw_lesson_methods, self);
    sig_server_add_methods(server, gw_lesson_run_methods, self);
    sig_server_add_methods(server, gw_lesson_terminal_methods, self);
    sig_server_add_methods(server, gw_lesson_hours_methods, self);
    sig_server_add_events(server, gw_lesson_events);
    sig_server_add_routes(server, gw_lesson_routes, self);
    sig_server_add_routes(server, gw_lesson_hours_routes, self);
}

GwLessons *
gw_lessons_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir, GError **error)
{
    const GwCallPicturesConfig pictures = {
        .dir = pictures_dir,
        .subject = "lesson",
        .due = "SELECT id FROM lesson WHERE ended_ms != 0 AND ended_ms < ?1 AND pictures_gone = 0 LIMIT ?2",
        .removed = "UPDATE lesson SET pictures_gone = 1 WHERE id = ?1",
    };
    g_autoptr(GwLessons) self = g_new0(GwLessons, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->calls = calls;
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    self->consoles = g_ptr_array_new();
    self->sends = party_sends;
    self->pictures = gw_call_pictures_new(gateway, &pictures, error);
    if (self->pictures == NULL || !gw_lessons_load(self, error))
        return NULL;
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_add_party_lookup(sessions, on_party_of_client, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    if (gateway->server != NULL)
        add_rows(self);
    return g_steal_pointer(&self);
}

void
gw_lessons_free(GwLessons *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_clear_handle_id(&self->tell_source, g_source_remove);
    g_autoptr(GList) lessons = g_hash_table_get_values(self->by_id);
    for (GList *item = lessons; item != NULL; item = item->next) {
        if (((GwLesson *)item->data)->unwritten)
            gw_lesson_write(item->data);
        forget(self, item->data);
    }
    gw_call_pictures_free(self->pictures);
    g_ptr_array_unref(self->consoles);
    g_hash_table_unref(self->by_id);
    g_free(self);
}
