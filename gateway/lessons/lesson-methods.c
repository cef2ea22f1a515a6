#include "gateway/gatherings/offices.h"
#include "gateway/lessons/lessons-priv.h"

/* Planning lessons, listing them, reading what was counted. */

enum { MAX_ID = 64, MAX_TITLE = 100, MAX_TEACHER = 60, MAX_REASON = 200, MAX_UNITS = 1000 };

static JsonObject *
to_result(const GwGathering *self)
{
    JsonObject *result = json_object_new();

    json_object_set_object_member(result, "lesson", gw_lesson_to_live((const GwLesson *)self));
    return result;
}

static void
reply_lesson(SigRequest *request, const GwLesson *lesson, const GError *error)
{
    if (lesson == NULL)
        sig_request_fail_error(request, error);
    else
        sig_request_reply_object(request, to_result(&lesson->base));
}

static void
handle_plan(SigRequest *request, JsonObject *params, void *user_data)
{
    GwLessons *self = user_data;
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) choices = gw_offices_choose(self->base.gateway->people, identity, params, &error);
    GwLesson *lesson = NULL;

    if (choices != NULL) {
        bool recorded = json_object_get_boolean_member_with_default(params, "recorded", TRUE);
        const GwLessonWish wish = {
            .title = json_object_get_string_member(params, "title"),
            .teacher = json_object_get_string_member_with_default(params, "teacher", identity->display),
            .planned_ms =
                json_object_get_int_member_with_default(params, "planned_ms", gw_gatherings_now_ms(&self->base)),
            .minutes = (unsigned)json_object_get_int_member(params, "minutes"),
            .n_checks = (unsigned)json_object_get_int_member_with_default(params, "checks", 0),
            .recording_class = recorded ? GW_CLASS_RECORDED : GW_CLASS_UNKEPT,
            .identity = identity,
        };
        GwActor actor = gw_actor_of_client(sig_request_get_client(request));
        lesson = gw_lessons_plan(self, &wish, choices, &actor, &error);
    }
    reply_lesson(request, lesson, error);
}

static void
handle_cancel(SigRequest *request, JsonObject *params, void *user_data)
{
    GwLesson *lesson = (GwLesson *)gw_gathering_of_request(user_data, request, params);
    g_autoptr(GError) error = NULL;

    if (lesson == NULL)
        return;
    GwActor actor = gw_actor_of_client(sig_request_get_client(request));
    bool done = gw_lesson_cancel(lesson, json_object_get_string_member(params, "reason"), &actor, &error);
    reply_lesson(request, done ? lesson : NULL, error);
}

/* What is not in memory is asked of the store. */

static JsonObject *
parse(const char *text)
{
    g_autoptr(JsonNode) node = json_from_string(text, NULL);

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_object_ref(json_node_get_object(node)) : NULL;
}

static JsonObject *
stored_to_json(const GwRows *rows, unsigned row)
{
    JsonObject *object = parse(gw_rows_text(rows, row, 3));

    if (object == NULL)
        return NULL;
    if (!gw_rows_is_null(rows, row, 4))
        json_object_set_string_member(object, "sha256", gw_rows_text(rows, row, 4));
    json_object_set_boolean_member(object, "pictures_gone", gw_rows_int(rows, row, 5) != 0);
    return object;
}

/* Without places and checks. */
static JsonObject *
stored_to_row(const GwGatherings *self, const GwRows *rows, unsigned row)
{
    JsonObject *object = stored_to_json(rows, row), *figures = NULL;

    (void)self;
    if (object == NULL)
        return NULL;
    figures = json_object_new();
    json_object_set_int_member(figures, "offices",
                               json_array_get_length(json_object_get_array_member(object, "offices")));
    json_object_set_int_member(figures, "checks",
                               json_array_get_length(json_object_get_array_member(object, "checks")));
    json_object_set_object_member(object, "figures", figures);
    json_object_remove_member(object, "offices");
    json_object_remove_member(object, "checks");
    return object;
}

static JsonObject *
stored_to_result(const GwGatherings *self, const GwRows *rows)
{
    JsonObject *lesson = stored_to_json(rows, 0), *result = NULL;

    (void)self;
    if (lesson == NULL)
        return NULL;
    result = json_object_new();
    json_object_set_object_member(result, "lesson", lesson);
    return result;
}

static JsonObject *
to_row(const GwGathering *self)
{
    return gw_lesson_to_json((const GwLesson *)self);
}

#define COLUMNS "id, unit, person, detail, sha256, pictures_gone"

const GwGatheringStored gw_lesson_stored = {
    .list = "lessons",
    .select_one = "SELECT " COLUMNS " FROM lesson WHERE id = ?1",
    .select_all = "SELECT " COLUMNS " FROM lesson ORDER BY planned_ms DESC LIMIT ?1",
    .to_row = to_row,
    .to_result = to_result,
    .stored_to_row = stored_to_row,
    .stored_to_result = stored_to_result,
};

#define LESSON                                                                                                         \
    {                                                                                                                  \
        .name = "lesson", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID                                             \
    }

static const SigParam plan_params[] = {
    { .name = "title", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_TITLE },
    { .name = "teacher", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_TEACHER },
    { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = MAX_ID, .summary = "and all below" },
    { .name = "units", .type = SIG_TYPE_ARRAY, .optional = true, .min = 1, .max = MAX_UNITS },
    { .name = "planned_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = INT64_C(4102444800000) },
    { .name = "minutes", .type = SIG_TYPE_INTEGER, .min = GW_LESSON_MIN_MINUTES, .max = GW_LESSON_MAX_MINUTES },
    { .name = "checks", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = GW_LESSON_MAX_CHECKS },
    { .name = "recorded", .type = SIG_TYPE_BOOLEAN, .optional = true, .summary = "fixed from now on" },
    { NULL },
};

static const SigMethod plan = {
    .name = "lessons.plan",
    .access = GW_ACCESS_INSPECTOR,
    .params = plan_params,
    .summary = "Plans a lesson for a unit and all below it, or some units.",
    .result = "{lesson}",
    .handle = handle_plan,
};
static const SigMethod cancel = {
    .name = "lessons.cancel",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ LESSON,
                                  { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_REASON },
                                  { NULL } },
    .summary = "Calls off a lesson that has not begun.",
    .result = "{lesson}",
    .handle = handle_cancel,
};
static const SigMethod list = {
    .name = "lessons.list",
    .access = GW_ACCESS_INSPECTOR,
    .summary = "Lessons of the asker's part of the tree, the latest first.",
    .result = "{lessons}",
    .handle = gw_gathering_handle_list,
};
static const SigMethod get = {
    .name = "lessons.get",
    .access = GW_ACCESS_INSPECTOR,
    .params = (const SigParam[]){ LESSON, { NULL } },
    .summary = "One lesson: its offices, who was there how long, its checks.",
    .result = "{lesson}",
    .handle = gw_gathering_handle_get,
};

const SigMethod *const gw_lesson_methods[] = { &plan, &cancel, &list, &get, NULL };

const SigEvent gw_lesson_events[] = {
    { "lesson.changed",
      (const SigParam[]){
          { .name = "lesson", .type = SIG_TYPE_STRING }, { .name = "state", .type = SIG_TYPE_STRING }, { NULL } },
      "To inspectors: ask what it is now (lessons.get)." },
    { "lesson.now",
      (const SigParam[]){ { .name = "call", .type = SIG_TYPE_STRING },
                          { .name = "spoken", .type = SIG_TYPE_BOOLEAN },
                          { .name = "turn", .type = SIG_TYPE_BOOLEAN },
                          { .name = "shown", .type = SIG_TYPE_BOOLEAN },
                          { .name = "showing", .type = SIG_TYPE_STRING },
                          { .name = "people", .type = SIG_TYPE_ARRAY },
                          { .name = "confirmed", .type = SIG_TYPE_BOOLEAN },
                          { .name = "check_until_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                          { NULL } },
      "To a terminal in a lesson: whether somebody teaches, whose picture all see, who is in the room, and a check "
      "that "
      "waits for somebody there to press." },
    { NULL },
};
