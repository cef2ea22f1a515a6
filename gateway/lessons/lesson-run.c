#include "gateway/lessons/lessons-priv.h"

/* A lesson while it is taught, and deciding and signing after it. */

enum { MAX_ID = 64 };

static GwActor
get_actor(SigRequest *request)
{
    return gw_actor_of_client(sig_request_get_client(request));
}

static GwAttendee *
find(GwGathering *self, const char *unit, GError **error)
{
    return (GwAttendee *)gw_gathering_find_callee(self, unit, error);
}

static bool
step_start(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = get_actor(request);

    (void)params;
    return gw_lesson_start((GwLesson *)self, &actor, error);
}

static bool
step_end(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = get_actor(request);

    (void)params;
    return gw_lesson_end((GwLesson *)self, &actor, error);
}

static bool
step_sign(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = get_actor(request);

    (void)params;
    return gw_lesson_sign((GwLesson *)self, &actor, error);
}

static bool
step_floor(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    bool on = json_object_get_boolean_member(params, "on");

    return gw_gathering_talk(self, sig_request_get_client(request), on ? GW_TALK_TO_ALL : NULL, error);
}

static bool
step_show(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    const char *unit = json_object_get_string_member(params, "unit");
    GwAttendee *place = unit[0] != '\0' ? find(self, unit, error) : NULL;
    GwActor actor = get_actor(request);

    return (unit[0] == '\0' || place != NULL) && gw_lesson_show((GwLesson *)self, place, &actor, error);
}

static bool
step_again(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwAttendee *place = find(self, json_object_get_string_member(params, "unit"), error);
    GwActor actor = get_actor(request);

    return place != NULL && gw_attendee_again(place, &actor, error);
}

static bool
step_check(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    GwActor actor = get_actor(request);

    (void)params;
    return gw_lesson_ask((GwLesson *)self, actor.display, &actor, error);
}

static bool
step_judge(GwGathering *self, SigRequest *request, JsonObject *params, GError **error)
{
    bool passed = json_object_get_boolean_member(params, "passed");
    GwActor actor = get_actor(request);

    return gw_lesson_judge((GwLesson *)self, (unsigned)json_object_get_int_member(params, "check"),
                           (unsigned)json_object_get_int_member(params, "office"),
                           passed ? GW_VERDICT_PASSED : GW_VERDICT_FAILED, &actor, error);
}

GW_GATHERING_HANDLER(handle_start, step_start)
GW_GATHERING_HANDLER(handle_end, step_end)
GW_GATHERING_HANDLER(handle_sign, step_sign)
GW_GATHERING_HANDLER(handle_floor, step_floor)
GW_GATHERING_HANDLER(handle_show, step_show)
GW_GATHERING_HANDLER(handle_again, step_again)
GW_GATHERING_HANDLER(handle_check, step_check)
GW_GATHERING_HANDLER(handle_judge, step_judge)

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
    "{ice_servers}", gw_gathering_handle_watch);
ROW(unwatch, "lessons.unwatch", lesson_only, "Looks on no more.", "{}", gw_gathering_handle_unwatch);
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
