#include <string.h>

#include "gateway/ice.h"
#include "gateway/lessons/lessons-priv.h"

/* A lesson while it is taught, and deciding and signing after it. */

enum { MAX_ID = 64 };

/* Each step: what is done to the lesson; false with an error. */
typedef bool (*Step)(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error);

static void
run(GwLessons *self, SigRequest *request, JsonObject *params, Step step)
{
    GwLesson *lesson = gw_lesson_of_request(self, request, params);
    g_autoptr(GError) error = NULL;

    if (lesson == NULL)
        return;
    if (step(lesson, request, params, &error))
        sig_request_reply(request, NULL);
    else
        sig_request_fail_error(request, error);
}

static bool
step_start(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = gw_lesson_actor_of(request);

    (void)params;
    return gw_lesson_start(lesson, &actor, error);
}

static bool
step_end(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = gw_lesson_actor_of(request);

    (void)params;
    return gw_lesson_end(lesson, &actor, error);
}

static bool
step_sign(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = gw_lesson_actor_of(request);

    (void)params;
    return gw_lesson_sign(lesson, &actor, error);
}

static bool
step_unwatch(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    (void)params;
    (void)error;
    gw_lesson_unwatch(lesson, sig_request_get_client(request));
    return true;
}

static bool
step_floor(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    return gw_lesson_take_floor(lesson, sig_request_get_client(request), json_object_get_boolean_member(params, "on"),
                                error);
}

static bool
step_show(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    const char *unit = json_object_get_string_member(params, "unit");
    GwAttendee *place = unit[0] != '\0' ? gw_lesson_find_attendee(lesson, unit, error) : NULL;
    GwActor actor = gw_lesson_actor_of(request);

    return (unit[0] == '\0' || place != NULL) && gw_lesson_show(lesson, place, &actor, error);
}

static bool
step_again(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    GwAttendee *place = gw_lesson_find_attendee(lesson, json_object_get_string_member(params, "unit"), error);
    GwActor actor = gw_lesson_actor_of(request);

    return place != NULL && gw_attendee_again(place, &actor, error);
}

static bool
step_check(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = gw_lesson_actor_of(request);

    (void)params;
    return gw_lesson_ask(lesson, actor.display, &actor, error);
}

static bool
step_judge(GwLesson *lesson, SigRequest *request, JsonObject *params, GError **error)
{
    bool passed = json_object_get_boolean_member(params, "passed");
    GwActor actor = gw_lesson_actor_of(request);

    return gw_lesson_judge(lesson, (unsigned)json_object_get_int_member(params, "check"),
                           (unsigned)json_object_get_int_member(params, "office"),
                           passed ? GW_VERDICT_PASSED : GW_VERDICT_FAILED, &actor, error);
}

#define HANDLER(name, step)                                                                                            \
    static void name(SigRequest *request, JsonObject *params, void *user_data)                                         \
    {                                                                                                                  \
        run(user_data, request, params, step);                                                                         \
    }

HANDLER(handle_start, step_start)
HANDLER(handle_end, step_end)
HANDLER(handle_sign, step_sign)
HANDLER(handle_unwatch, step_unwatch)
HANDLER(handle_floor, step_floor)
HANDLER(handle_show, step_show)
HANDLER(handle_again, step_again)
HANDLER(handle_check, step_check)
HANDLER(handle_judge, step_judge)

static void
handle_watch(SigRequest *request, JsonObject *params, void *user_data)
{
    GwLessons *self = user_data;
    SigClient *client = sig_request_get_client(request);
    GwLesson *lesson = gw_lesson_of_request(self, request, params);
    g_autoptr(GError) error = NULL;

    if (lesson == NULL)
        return;
    if (!gw_lesson_watch(lesson, client, &error)) {
        sig_request_fail_error(request, error);
        return;
    }
    JsonObject *result = json_object_new();
    json_object_set_array_member(result, "ice_servers",
                                 gw_ice_to_json(&self->gateway->config->ice, gw_identity_of_client(client)->id,
                                                g_get_real_time() / G_USEC_PER_SEC));
    sig_request_reply_object(request, result);
}

#define LESSON                                                                                                         \
    {                                                                                                                  \
        .name = "lesson", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                             \
    }
#define ROW(identifier, method, parameters, words, answer_words, handler)                                              \
    static const SigMethod identifier = {                                                                              \
        .name = method,                                                                                                \
        .access = GW_ACCESS_INSPECTOR,                                                                                 \
        .params = parameters,                                                                                          \
        .summary = words,                                                                                              \
        .result = answer_words,                                                                                        \
        .handle = handler,                                                                                             \
    }

static const SigParam lesson_only[] = { LESSON, { NULL } };
static const SigParam floor_params[] = { LESSON, { .name = "on", .type = SIG_TYPE_BOOLEAN }, { NULL } };
static const SigParam show_params[] = {
    LESSON, { .name = "unit", .type = SIG_TYPE_STRING, .max = MAX_ID, .summary = "empty: none" }, { NULL }
};
static const SigParam again_params[] = { LESSON,
                                         { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
                                         { NULL } };
static const SigParam judge_params[] = {
    LESSON,
    { .name = "check", .type = SIG_TYPE_INTEGER, .min = 1, .max = GW_LESSON_MAX_CHECKS },
    { .name = "office", .type = SIG_TYPE_INTEGER, .min = 1, .max = GW_LESSON_MAX_PLACES },
    { .name = "passed", .type = SIG_TYPE_BOOLEAN },
    { NULL },
};

ROW(start, "lessons.start", lesson_only, "Begins it: the terminals ring until they answer or it is over.", "{}",
    handle_start);
ROW(end, "lessons.end", lesson_only, "Ends it; its checks can be decided until it is signed.", "{}", handle_end);
ROW(sign, "lessons.sign", lesson_only, "Closes what was counted and decided for good.", "{}", handle_sign);
ROW(watch, "lessons.watch", lesson_only, "Looks on; then media.publish and media.watch with visit: the lesson's id.",
    "{ice_servers}", handle_watch);
ROW(unwatch, "lessons.unwatch", lesson_only, "Looks on no more.", "{}", handle_unwatch);
ROW(floor_row, "lessons.floor", floor_params, "What this connection publishes goes to all offices, or does no more.",
    "{}", handle_floor);
ROW(show, "lessons.show", show_params, "An office that all see and hear, or none.", "{}", handle_show);
ROW(again, "lessons.again", again_params, "Rings an office again that has declined.", "{}", handle_again);
ROW(check, "lessons.check", lesson_only, "Asks all offices that are there to confirm now.", "{}", handle_check);
ROW(judge, "lessons.judge", judge_params, "Whether an office passed a check, in the eyes of the asker.", "{}",
    handle_judge);

const SigMethod *const gw_lesson_run_methods[] = {
    &start, &end, &sign, &watch, &unwatch, &floor_row, &show, &again, &check, &judge, NULL,
};
