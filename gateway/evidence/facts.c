#include "gateway/evidence/facts.h"

enum { MAX_PARTIES = 512 };

typedef enum {
    PART_SESSION,
    PART_EVENT,
    PART_NOTE,
    PART_LEAF,
} Part;

/* Columns of GW_FACTS_SQL. */
enum { PART, NUMBER, AT };
enum { SESSION_KIND = 3, SESSION_SLUG, SESSION_UNIT, SESSION_CARD, SESSION_ENDED_MS };
enum { EVENT_TYPE = 3, EVENT_WHO, EVENT_DISPLAY, EVENT_DETAIL };
enum { NOTE_BY = 3, NOTE_TEXT };
enum { LEAF_TYPE = 3 };

static bool
is_part(const GwRows *rows, unsigned row, Part part)
{
    return gw_rows_int(rows, row, PART) == (int64_t)part;
}

/* A party while its events are read. */
typedef struct {
    char *id;
    JsonObject *object; /* borrowed from the array of parties */
    JsonArray *joined;  /* borrowed from object */
    int64_t since_us;   /* -1: it is not there now */
} Party;

typedef struct {
    const GwFactsInput *input;
    JsonArray *parties;
    GPtrArray *list; /* Party */
} Reading;

static void
free_party(void *data)
{
    Party *party = data;

    g_free(party->id);
    g_free(party);
}

static int64_t
to_us(const Reading *reading, int64_t at_ms)
{
    return at_ms * 1000 - reading->input->recording->began_us;
}

static void
set_text(JsonObject *object, const char *name, const char *value)
{
    json_object_set_string_member(object, name, value != NULL ? value : "");
}

static Party *
find(const Reading *reading, const char *id)
{
    for (guint i = 0; i < reading->list->len; i++) {
        Party *party = reading->list->pdata[i];
        if (g_str_equal(party->id, id))
            return party;
    }
    return NULL;
}

typedef struct {
    const char *id, *role, *name, *proof;
    bool observer;
} NewParty;

static Party *
add(Reading *reading, const NewParty *new)
{
    Party *party = find(reading, new->id);

    if (party != NULL || reading->list->len >= MAX_PARTIES)
        return party;
    party = g_new0(Party, 1);
    party->id = g_strdup(new->id);
    party->since_us = -1;
    party->object = json_object_new();
    party->joined = json_array_new();
    set_text(party->object, "id", new->id);
    set_text(party->object, "role", new->role);
    set_text(party->object, "name", new->name);
    set_text(party->object, "proof", new->proof);
    json_object_set_array_member(party->object, "joined", party->joined);
    json_object_set_boolean_member(party->object, "observer", new->observer);
    json_array_add_object_element(reading->parties, party->object);
    g_ptr_array_add(reading->list, party);
    return party;
}

static void
join(Party *party, int64_t at_us)
{
    if (party->since_us < 0)
        party->since_us = MAX(at_us, 0);
}

static void
leave(const Reading *reading, Party *party, int64_t at_us)
{
    int64_t to = MIN(at_us, reading->input->recording->duration_us);
    JsonObject *span = NULL;

    if (party->since_us < 0)
        return;
    if (to > party->since_us) {
        span = json_object_new();
        json_object_set_int_member(span, "from_us", party->since_us);
        json_object_set_int_member(span, "to_us", to);
        json_array_add_object_element(party->joined, span);
    }
    party->since_us = -1;
}

static JsonObject *
parse(const char *text)
{
    g_autoptr(JsonNode) node = text != NULL ? json_from_string(text, NULL) : NULL;

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_dup_object(node) : NULL;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *member = object != NULL ? json_object_get_member(object, name) : NULL;

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_string(member) : NULL;
}

/* The names of a card's list, or of its one person. */
static char *
get_names(JsonObject *card, const char *member)
{
    JsonNode *node = card != NULL ? json_object_get_member(card, member) : NULL;
    g_autoptr(GString) names = g_string_new(NULL);

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        return g_strdup(get_text(json_node_get_object(node), "name"));
    for (guint i = 0;
         node != NULL && JSON_NODE_HOLDS_ARRAY(node) && i < json_array_get_length(json_node_get_array(node)); i++) {
        JsonNode *element = json_array_get_element(json_node_get_array(node), i);
        const char *name = JSON_NODE_HOLDS_OBJECT(element) ? get_text(json_node_get_object(element), "name") : NULL;
        if (name != NULL)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

/* Of a visit: a family by its code, and the room's terminal, where the subject sits. */
static void
add_sides(Reading *reading, JsonObject *card)
{
    g_autofree char *visitors = get_names(card, "visitors");
    g_autofree char *subject = get_names(card, "subject");

    add(reading, &(NewParty){ "family", "visitor", visitors, "one-time visit code", false });
    add(reading, &(NewParty){ "terminal", "subject", subject, "paired terminal, officer present", false });
}

static void
read_presence(Reading *reading, const char *type, const char *id, int64_t at_us)
{
    for (guint i = 0; i < reading->list->len; i++) {
        Party *party = reading->list->pdata[i];
        bool observer = json_object_get_boolean_member(party->object, "observer");

        if (observer || (id != NULL && !g_str_equal(party->id, id)))
            continue;
        if (g_str_equal(type, "admit") || g_str_equal(type, "return") || g_str_equal(type, "enter"))
            join(party, at_us);
        else if (id != NULL && (g_str_equal(type, "leave") || g_str_equal(type, "drop")))
            leave(reading, party, at_us);
    }
}

static void
read_observer(Reading *reading, unsigned row, int64_t at_us)
{
    const GwRows *rows = reading->input->rows;
    const char *who = gw_rows_text(rows, row, EVENT_WHO);
    Party *party =
        add(reading, &(NewParty){ who, "officer", gw_rows_text(rows, row, EVENT_DISPLAY), "signed in", true });

    if (party == NULL)
        return;
    if (g_str_equal(gw_rows_text(rows, row, EVENT_TYPE), "observe"))
        join(party, at_us);
    else
        leave(reading, party, at_us);
}

static void
read_event(Reading *reading, unsigned row)
{
    const GwRows *rows = reading->input->rows;
    const char *type = gw_rows_text(rows, row, EVENT_TYPE);
    g_autoptr(JsonObject) detail = parse(gw_rows_text(rows, row, EVENT_DETAIL));
    const char *id = get_text(detail, "party");
    int64_t at_us = to_us(reading, gw_rows_int(rows, row, AT));
    Party *party = id != NULL ? find(reading, id) : NULL;

    if (g_str_equal(type, "observe") || g_str_equal(type, "unobserve"))
        read_observer(reading, row, at_us);
    else
        read_presence(reading, type, id, at_us);
    if (party != NULL && g_str_equal(type, "enter") &&
        json_object_get_boolean_member_with_default(detail, "consent", FALSE))
        json_object_set_int_member(party->object, "consent_us", at_us);
}

static void
end_all(Reading *reading)
{
    for (guint i = 0; i < reading->list->len; i++)
        leave(reading, reading->list->pdata[i], reading->input->recording->duration_us);
}

/* What they were told. */
static JsonArray *
list_notices(const Reading *reading)
{
    static const char *const told[] = { "admit", "warn", "time-left", "notice-failed", "pause", "resume", "end", NULL };
    const GwRows *rows = reading->input->rows;
    JsonArray *notices = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *notice = NULL, *detail = NULL;

        if (!is_part(rows, i, PART_EVENT) || !g_strv_contains(told, gw_rows_text(rows, i, EVENT_TYPE)))
            continue;
        notice = json_object_new();
        detail = parse(gw_rows_text(rows, i, EVENT_DETAIL));
        json_object_set_int_member(notice, "at_us", to_us(reading, gw_rows_int(rows, i, AT)));
        set_text(notice, "type", gw_rows_text(rows, i, EVENT_TYPE));
        if (detail != NULL)
            json_object_set_object_member(notice, "detail", detail);
        json_array_add_object_element(notices, notice);
    }
    return notices;
}

static JsonArray *
list_notes(const Reading *reading)
{
    const GwRows *rows = reading->input->rows;
    JsonArray *notes = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *note = NULL;

        if (!is_part(rows, i, PART_NOTE))
            continue;
        note = json_object_new();
        json_object_set_int_member(note, "at_us", to_us(reading, gw_rows_int(rows, i, AT)));
        set_text(note, "by", gw_rows_text(rows, i, NOTE_BY));
        set_text(note, "text", gw_rows_text(rows, i, NOTE_TEXT));
        json_array_add_object_element(notes, note);
    }
    return notes;
}

static char *
find_cause(const GwFactsInput *input)
{
    for (unsigned i = 0; i < gw_rows_get_count(input->rows); i++) {
        g_autoptr(JsonObject) detail = NULL;
        if (!is_part(input->rows, i, PART_EVENT) || !g_str_equal(gw_rows_text(input->rows, i, EVENT_TYPE), "end"))
            continue;
        detail = parse(gw_rows_text(input->rows, i, EVENT_DETAIL));
        return g_strdup(get_text(detail, "cause"));
    }
    return NULL;
}

static bool
has_session(const GwRows *rows)
{
    return gw_rows_get_count(rows) > 0 && is_part(rows, 0, PART_SESSION);
}

/* Of the session's row, where there is one. */
static const char *
get_session_text(const GwRows *rows, unsigned column)
{
    return has_session(rows) ? gw_rows_text(rows, 0, column) : NULL;
}

const char *
gw_facts_get_unit(const GwRows *rows)
{
    return get_session_text(rows, SESSION_UNIT);
}

int64_t
gw_facts_find_leaf(const GwRows *rows, const char *type)
{
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        if (is_part(rows, i, PART_LEAF) && g_str_equal(gw_rows_text(rows, i, LEAF_TYPE), type))
            return gw_rows_int(rows, i, NUMBER);
    }
    return -1;
}

static JsonObject *
describe_session(const GwFactsInput *input)
{
    const RecRecording *recording = input->recording;
    bool known = has_session(input->rows);
    int64_t end_us = recording->began_us + recording->duration_us;
    int64_t opened_us = known ? gw_rows_int(input->rows, 0, AT) * 1000 : 0;
    int64_t ended_us = known ? gw_rows_int(input->rows, 0, SESSION_ENDED_MS) * 1000 : 0;
    g_autofree char *cause = find_cause(input);
    JsonObject *session = json_object_new();

    set_text(session, "id", recording->session);
    set_text(session, "kind", get_session_text(input->rows, SESSION_KIND));
    set_text(session, "name", get_session_text(input->rows, SESSION_SLUG));
    set_text(session, "class", "recorded");
    set_text(session, "authority", NULL); /* the log's entry says it */
    set_text(session, "unit", get_session_text(input->rows, SESSION_UNIT));
    set_text(session, "unit_name", input->unit_name);
    json_object_set_int_member(session, "opened_us",
                               opened_us > 0 ? MIN(opened_us, recording->began_us) : recording->began_us);
    json_object_set_int_member(session, "ended_us", ended_us > recording->began_us ? ended_us : end_us);
    set_text(session, "cause", cause);
    return session;
}

JsonObject *
gw_facts_new(const GwFactsInput *input)
{
    Reading reading = { input, json_array_new(), g_ptr_array_new_with_free_func(free_party) };
    g_autoptr(JsonObject) card = parse(get_session_text(input->rows, SESSION_CARD));
    JsonObject *facts = json_object_new();

    if (g_strcmp0(get_session_text(input->rows, SESSION_KIND), "visit") == 0)
        add_sides(&reading, card);
    for (unsigned i = 0; i < gw_rows_get_count(input->rows); i++) {
        if (is_part(input->rows, i, PART_EVENT))
            read_event(&reading, i);
    }
    end_all(&reading);
    json_object_set_object_member(facts, "session", describe_session(input));
    json_object_set_array_member(facts, "parties", reading.parties);
    json_object_set_array_member(facts, "notices", list_notices(&reading));
    json_object_set_array_member(facts, "notes", list_notes(&reading));
    g_ptr_array_unref(reading.list);
    return facts;
}
