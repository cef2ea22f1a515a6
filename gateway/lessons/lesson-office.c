#include "gateway/lessons/lessons-priv.h"

/* Lessons at an office's own desk: what comes and what runs, who of its people attends, and its answer to a check. */

enum { MAX_ID = 64 };

static const GwIdentity *
get_identity(SigRequest *request)
{
    return gw_identity_of_client(sig_request_get_client(request));
}

static bool
is_ours(const GwLessons *self, const GwIdentity *identity, const GwAttendee *place)
{
    return gw_people_reaches(self->base.gateway->people, identity, GW_ACCESS_OFFICE, place->base.unit);
}

static JsonObject *
our_place_to_json(const GwAttendee *place)
{
    const GwCheck *check = NULL;
    JsonObject *object = gw_attendee_to_json(place);

    if (gw_attendee_get_check(place, &check) != NULL)
        json_object_set_int_member(object, "check_until_ms", check->until_ms);
    return object;
}

/* With the asker's own offices alone; NULL: it has none in it. */
static JsonObject *
lesson_to_json(const GwLessons *self, const GwIdentity *identity, const GwLesson *lesson)
{
    JsonArray *offices = json_array_new();
    JsonObject *object = NULL;

    for (guint i = 0; i < lesson->base.callees->len; i++) {
        const GwAttendee *place = lesson->base.callees->pdata[i];
        if (is_ours(self, identity, place))
            json_array_add_object_element(offices, our_place_to_json(place));
    }
    if (json_array_get_length(offices) == 0) {
        json_array_unref(offices);
        return NULL;
    }
    object = gw_lesson_to_json(lesson);
    json_object_remove_member(object, "figures"); /* of others, too */
    json_object_set_array_member(object, "offices", offices);
    return object;
}

static void
handle_mine(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwLessons *self = user_data;
    JsonObject *answer = json_object_new();
    JsonArray *rows = json_array_new();
    GHashTableIter iter;
    void *value = NULL;

    (void)params;
    g_hash_table_iter_init(&iter, self->base.by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwLesson *lesson = value;
        JsonObject *object = lesson->state == GW_LESSON_PLANNED || lesson->state == GW_LESSON_LIVE
                                 ? lesson_to_json(self, get_identity(request), lesson)
                                 : NULL;
        if (object != NULL)
            json_array_add_object_element(rows, object);
    }
    json_object_set_array_member(answer, "lessons", rows);
    sig_request_reply_object(request, answer);
}

/* The asker's office in the lesson that is named; NULL: the request is answered. */
static GwAttendee *
find_place(const GwLessons *self, SigRequest *request, JsonObject *params)
{
    const GwLesson *lesson = g_hash_table_lookup(self->base.by_id, json_object_get_string_member(params, "lesson"));
    unsigned number = (unsigned)json_object_get_int_member(params, "office");
    GwAttendee *place = lesson != NULL ? gw_lesson_get_attendee(lesson, number) : NULL;

    if (place != NULL && is_ours(self, get_identity(request), place))
        return place;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no such lesson for your office.");
    return NULL;
}

static void
reply(SigRequest *request, const GwAttendee *place)
{
    JsonObject *answer = json_object_new();

    json_object_set_object_member(answer, "office", our_place_to_json(place));
    sig_request_reply_object(request, answer);
}

static void
handle_attend(SigRequest *request, JsonObject *params, void *user_data)
{
    GwAttendee *place = find_place(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (place == NULL)
        return;
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    if (gw_attendee_set_pupils(place, json_object_get_array_member(params, "people"), &actor, &error))
        reply(request, place);
    else
        sig_request_fail_error(request, error);
}

static void
handle_here(SigRequest *request, JsonObject *params, void *user_data)
{
    GwAttendee *place = find_place(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (place == NULL)
        return;
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    if (gw_attendee_answer_check(place, &actor, &error))
        reply(request, place);
    else
        sig_request_fail_error(request, error);
}

#define PLACE                                                                                                          \
    { .name = "lesson", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },                                            \
    {                                                                                                                  \
        .name = "office", .type = SIG_TYPE_INTEGER, .min = 1, .max = GW_LESSON_MAX_PLACES,                             \
        .summary = "its number in the lesson"                                                                          \
    }

static const SigMethod mine = {
    .name = "lessons.mine",
    .access = GW_ACCESS_OFFICE,
    .summary = "Lessons to come and lessons that run in which the asker's office takes part, with that office alone.",
    .result = "{lessons: [{…, offices}]}",
    .handle = handle_mine,
};
static const SigMethod attend = {
    .name = "lessons.attend",
    .access = GW_ACCESS_OFFICE,
    .params =
        (const SigParam[]){
            PLACE,
            { .name = "people", .type = SIG_TYPE_ARRAY, .max = GW_LESSON_MAX_PUPILS, .summary = "{name, number?}" },
            { NULL } },
    .summary = "Who of the office attends, before the lesson or in it; who is not named any more is gone.",
    .result = "{office}",
    .handle = handle_attend,
};
static const SigMethod here = {
    .name = "lessons.here",
    .access = GW_ACCESS_OFFICE,
    .params = (const SigParam[]){ PLACE, { NULL } },
    .summary = "Answers the check that waits for the office, without a picture.",
    .result = "{office}",
    .handle = handle_here,
};

const SigMethod *const gw_lesson_office_methods[] = { &mine, &attend, &here, NULL };
