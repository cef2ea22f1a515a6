#include "gateway/demo/demo.h"

/* All names are invented. */

#define MINUTE_MS INT64_C(60000)

enum {
    MAX_VISITORS = 3,
    JOIN_BEFORE_MIN = 10, /* a visit that begins in ten minutes can be joined */
    JOIN_LEFT_MIN = 8,    /* and one that has eight left */
};

static const struct {
    const char *name, *number;
    struct {
        const char *name, *relation;
    } visitors[MAX_VISITORS];
} subjects[] = {
    { "许远山", "AL-2031", { { "方素兰", "母亲" }, { "许小满", "妹妹" } } },
    { "何平川", "AL-2044", { { "梁晓荷", "妻子" }, { "何一诺", "儿子" } } },
    { "罗启明", "AL-2052", { { "罗建业", "父亲" } } },
    { "曹立冬", "AL-2067", { { "曹桂枝", "姐姐" }, { "曹大勇", "哥哥" } } },
    { "秦风来", "AL-2078", { { "江亦行", "律师" } } },
    { "严守拙", "AL-2085", { { "严春草", "女儿" }, { "苗秀珍", "妻子" } } },
    { "杜千里", "AL-2093", { { "杜怀恩", "父亲" }, { "葛云娘", "母亲" } } },
    { "苏同舟", "AL-2101", { { "苏晚晴", "姐姐" } } },
};

/* Under supervision in the offices of the first county, and in one of the second. */
static const struct {
    const char *name;
    unsigned office;
} supervisees[] = {
    { "江望月", 1 },  { "白石桥", 1 },  { "雷动山", 1 },  { "温故新", 1 },  { "乔木深", 1 },  { "时雨林", 1 },
    { "南风起", 11 }, { "向阳生", 11 }, { "康庄行", 11 }, { "安步归", 21 }, { "齐善来", 21 }, { "易改之", 2 },
};

typedef struct {
    unsigned subject; /* 0 ... */
    unsigned room;    /* 1 ... */
    int begins_min;   /* from now */
    unsigned minutes;
    const char *privileged_reason;
    const char *end_cause; /* over already */
} Slot;

/* Room 1 is kept for the visit that can be joined. */
static const Slot now_slot = { 0, 1, 0, 30, NULL, NULL };
static const Slot day[] = {
    { 1, 2, -180, 30, NULL, "completed" }, { 2, 3, -130, 25, NULL, "completed" },
    { 3, 4, -75, 30, NULL, "no-show" },    { 4, 4, 20, 30, "律师会见,依法不录音录像、不监听", NULL },
    { 5, 2, 45, 30, NULL, NULL },          { 6, 3, 60, 25, NULL, NULL },
    { 7, 4, 95, 30, NULL, NULL },          { 1, 2, 130, 30, NULL, NULL },
    { 2, 3, 170, 20, NULL, NULL },
};

static JsonObject *
add_row(JsonArray *rows, const char *id, const char *name)
{
    JsonObject *row = json_object_new();

    json_object_set_string_member(row, "id", id);
    json_object_set_string_member(row, "name", name);
    json_array_add_object_element(rows, row);
    return row;
}

static void
add_visitors(JsonArray *visitors, unsigned subject, const char *subject_id)
{
    for (unsigned i = 0; i < MAX_VISITORS && subjects[subject].visitors[i].name != NULL; i++) {
        g_autofree char *id = g_strdup_printf("demo-visitor-%u-%u", subject + 1, i + 1);
        JsonObject *row = add_row(visitors, id, subjects[subject].visitors[i].name);
        /* of no network, of nobody */
        g_autofree char *phone = g_strdup_printf("1000000%02u%02u", subject + 1, i + 1);
        g_autofree char *id_number = g_strdup_printf("00000019000101%02u%02u", subject + 1, i + 1);

        json_object_set_string_member(row, "subject", subject_id);
        json_object_set_string_member(row, "relation", subjects[subject].visitors[i].relation);
        json_object_set_string_member(row, "phone", phone);
        json_object_set_string_member(row, "id_number", id_number);
    }
}

JsonObject *
gw_demo_make_subjects(void)
{
    JsonObject *data = json_object_new();
    JsonArray *rows = json_array_new(), *visitors = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_autofree char *id = g_strdup_printf("demo-subject-%u", i + 1);
        JsonObject *row = add_row(rows, id, subjects[i].name);

        json_object_set_string_member(row, "number", subjects[i].number);
        json_object_set_string_member(row, "unit", "demo-prison");
        add_visitors(visitors, i, id);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(supervisees); i++) {
        g_autofree char *id = g_strdup_printf("demo-supervisee-%u", i + 1);
        g_autofree char *number = g_strdup_printf("JZ-%04u", 1001 + i);
        g_autofree char *office = g_strdup_printf("demo-office-%u", supervisees[i].office);
        JsonObject *row = add_row(rows, id, supervisees[i].name);
        json_object_set_string_member(row, "number", number);
        json_object_set_string_member(row, "unit", office);
    }
    json_object_set_array_member(data, "subjects", rows);
    json_object_set_array_member(data, "visitors", visitors);
    return data;
}

static JsonArray *
list_visitors(unsigned subject)
{
    JsonArray *ids = json_array_new();

    for (unsigned i = 0; i < MAX_VISITORS && subjects[subject].visitors[i].name != NULL; i++) {
        g_autofree char *id = g_strdup_printf("demo-visitor-%u-%u", subject + 1, i + 1);
        json_array_add_string_element(ids, id);
    }
    return ids;
}

static int64_t
start_of(const Slot *slot, int64_t now_ms)
{
    return now_ms / (5 * MINUTE_MS) * 5 * MINUTE_MS + slot->begins_min * MINUTE_MS;
}

static void
add_visit(JsonArray *visits, const Slot *slot, int64_t now_ms)
{
    int64_t starts_ms = start_of(slot, now_ms);
    g_autoptr(GDateTime) starts = g_date_time_new_from_unix_utc(starts_ms / 1000);
    g_autofree char *time = g_date_time_format(starts, "%Y%m%d-%H%M");
    g_autofree char *id = g_strdup_printf("demo-%s-room-%u", time, slot->room);
    g_autofree char *subject = g_strdup_printf("demo-subject-%u", slot->subject + 1);
    g_autofree char *terminal = g_strdup_printf("demo-room-%u", slot->room);
    JsonObject *visit = json_object_new();

    json_object_set_string_member(visit, "id", id);
    json_object_set_string_member(visit, "subject", subject);
    json_object_set_array_member(visit, "visitors", list_visitors(slot->subject));
    json_object_set_string_member(visit, "terminal", terminal);
    json_object_set_int_member(visit, "starts_ms", starts_ms);
    json_object_set_int_member(visit, "minutes", slot->minutes);
    json_object_set_string_member(visit, "recording_class",
                                  slot->privileged_reason != NULL ? "privileged" : "recorded");
    if (slot->privileged_reason != NULL)
        json_object_set_string_member(visit, "privileged_reason", slot->privileged_reason);
    if (slot->end_cause != NULL) {
        JsonObject *ended = json_object_new();
        json_object_set_string_member(ended, "cause", slot->end_cause);
        json_object_set_int_member(ended, "at_ms", starts_ms + slot->minutes * MINUTE_MS);
        json_object_set_object_member(visit, "ended", ended);
    }
    json_array_add_object_element(visits, visit);
}

static bool
is_over(JsonObject *visit)
{
    return g_strcmp0(json_object_get_string_member_with_default(visit, "state", NULL), "ended") == 0;
}

static int64_t
end_of(JsonObject *visit)
{
    return json_object_get_int_member(visit, "starts_ms") + json_object_get_int_member(visit, "minutes") * MINUTE_MS;
}

static bool
is_in_room(JsonObject *visit, unsigned room)
{
    JsonObject *terminal = json_object_get_object_member(visit, "terminal");
    g_autofree char *id = g_strdup_printf("demo-room-%u", room);

    return g_strcmp0(json_object_get_string_member_with_default(terminal, "id", NULL), id) == 0;
}

const char *
gw_demo_find_joinable(JsonArray *visits, int64_t now_ms)
{
    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);

        if (!is_over(visit) && is_in_room(visit, 1) && end_of(visit) >= now_ms + JOIN_LEFT_MIN * MINUTE_MS &&
            json_object_get_int_member(visit, "starts_ms") <= now_ms + JOIN_BEFORE_MIN * MINUTE_MS)
            return json_object_get_string_member(visit, "id");
    }
    return NULL;
}

/* Whether room 1 is taken by a visit that is too near its end to be joined: the next one begins after it. */
static int
minutes_until_free(JsonArray *visits, int64_t now_ms)
{
    int64_t free_ms = now_ms;

    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);
        if (!is_over(visit) && is_in_room(visit, 1))
            free_ms = MAX(free_ms, end_of(visit));
    }
    return (int)((free_ms - now_ms + 5 * MINUTE_MS - 1) / (5 * MINUTE_MS) * 5);
}

static bool
has_later(JsonArray *visits, int64_t now_ms)
{
    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);
        if (!is_over(visit) && !is_in_room(visit, 1) && json_object_get_int_member(visit, "starts_ms") > now_ms)
            return true;
    }
    return false;
}

static bool
is_free(JsonArray *visits, const Slot *slot, int64_t now_ms)
{
    int64_t starts_ms = start_of(slot, now_ms), ends_ms = starts_ms + slot->minutes * MINUTE_MS;

    for (unsigned i = 0; i < json_array_get_length(visits); i++) {
        JsonObject *visit = json_array_get_object_element(visits, i);
        if (!is_over(visit) && is_in_room(visit, slot->room) && end_of(visit) > starts_ms &&
            json_object_get_int_member(visit, "starts_ms") < ends_ms)
            return false;
    }
    return true;
}

JsonArray *
gw_demo_make_visits(JsonArray *existing, int64_t now_ms)
{
    JsonArray *visits = json_array_new();

    if (gw_demo_find_joinable(existing, now_ms) == NULL) {
        Slot slot = now_slot;
        slot.begins_min = minutes_until_free(existing, now_ms);
        add_visit(visits, &slot, now_ms);
    }
    if (has_later(existing, now_ms))
        return visits;
    for (unsigned i = 0; i < G_N_ELEMENTS(day); i++) {
        if (is_free(existing, &day[i], now_ms))
            add_visit(visits, &day[i], now_ms);
    }
    return visits;
}
