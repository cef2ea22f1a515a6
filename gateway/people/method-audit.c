#include "gateway/people/people-priv.h"

#include <string.h>

enum {
    LIMIT = 100,
    PAGE = 1000,
    MAX_PAGES = 100, /* of entries that are not the asker's */
};

static const SigParam params_rows[] = {
    { .name = "before",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = INT64_MAX,
      .summary = "id: older ones" },
    { .name = "limit",
      .type = SIG_TYPE_INTEGER,
      .optional = true,
      .min = 1,
      .max = 1000,
      .summary = "100 if not said" },
    { NULL },
};

static const char *const columns[] = { "id", "at_ms", "who", "action", "object", "detail", "address" };

enum { WHO = 2, OBJECT = 4, DETAIL = 5, RECORDING_UNIT = 7, RECORDING_BEGAN };

static JsonObject *
row_to_json(const GwRows *rows, unsigned row)
{
    JsonObject *entry = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (gw_rows_is_null(rows, row, i))
            continue;
        if (i < 2)
            json_object_set_int_member(entry, columns[i], gw_rows_int(rows, row, i));
        else if (i != DETAIL)
            json_object_set_string_member(entry, columns[i], gw_rows_text(rows, row, i));
        else
            json_object_set_member(entry, columns[i], json_from_string(gw_rows_text(rows, row, i), NULL));
    }
    return entry;
}

/* Whoever reaches every root is shown all of it; others what was done by somebody of theirs, or to somebody or something of theirs.
 * The table knows no units: it is read on until there are enough. */

typedef struct {
    GwPeople *people;
    SigRequest *request;
    char *person;
    uint32_t access;
    JsonArray *entries; /* owned */
    JsonObject *names;  /* owned; of who and what is in them */
    unsigned limit, pages;
} Reading;

static void
reading_free(Reading *self)
{
    json_array_unref(self->entries);
    json_object_unref(self->names);
    g_free(self->person);
    g_free(self);
}

static bool
reaches(const Reading *self, const char *unit)
{
    return gw_people_person_reaches(self->people, self->person, self->access, unit);
}

typedef struct {
    const Reading *reading;
    bool all;
} Roots;

static void
check_root(const GwUnit *unit, void *data)
{
    Roots *roots = data;

    if (unit->parent == NULL && !reaches(roots->reading, unit->id))
        roots->all = false;
}

/* "person:ID", "terminal:ID", "unit:ID", and "KIND:ID/...": at most one of them is known. */
typedef struct {
    const GwPerson *person;
    const GwTerminal *terminal;
    const GwUnit *unit;
} Known;

static Known
look_up(const Reading *self, const char *name)
{
    const char *colon = name != NULL ? strchr(name, ':') : NULL;
    Known known = { 0 };

    if (colon == NULL)
        return known;
    g_autofree char *id = g_strndup(colon + 1, strcspn(colon + 1, "/"));
    if (g_str_has_prefix(name, "person:"))
        known.person = gw_people_get_person(self->people, id);
    else if (g_str_has_prefix(name, "terminal:"))
        known.terminal = gw_people_get_terminal(self->people, id);
    else if (g_str_has_prefix(name, "unit:"))
        known.unit = gw_people_get_unit(self->people, id);
    return known;
}

static bool
is_theirs(const Reading *self, const char *name)
{
    Known known = look_up(self, name);

    return (known.person != NULL && reaches(self, known.person->unit)) ||
           (known.terminal != NULL && reaches(self, known.terminal->unit)) ||
           (known.unit != NULL && reaches(self, known.unit->id));
}

static void
add_name(Reading *self, const char *ref, const char *name, int64_t at_ms)
{
    if (ref == NULL || name == NULL || json_object_has_member(self->names, ref))
        return;
    JsonObject *named = json_object_new();
    json_object_set_string_member(named, "name", name);
    if (at_ms != 0)
        json_object_set_int_member(named, "at_ms", at_ms);
    json_object_set_object_member(self->names, ref, named);
}

/* The log has ids, because names change; who reads it reads names. */
static void
name_known(Reading *self, const char *ref)
{
    Known known = look_up(self, ref);

    if (known.person != NULL)
        add_name(self, ref, known.person->display, 0);
    else if (known.terminal != NULL)
        add_name(self, ref, known.terminal->name, 0);
    else if (known.unit != NULL)
        add_name(self, ref, known.unit->name, 0);
}

/* A recording is told by where and when, not by whose visit it was: that is not for everybody who reads the log. */
static void
add_entry(Reading *self, const GwRows *rows, unsigned row)
{
    const GwUnit *unit = gw_rows_is_null(rows, row, RECORDING_UNIT)
                             ? NULL
                             : gw_people_get_unit(self->people, gw_rows_text(rows, row, RECORDING_UNIT));

    json_array_add_object_element(self->entries, row_to_json(rows, row));
    name_known(self, gw_rows_text(rows, row, WHO));
    name_known(self, gw_rows_text(rows, row, OBJECT));
    if (unit != NULL)
        add_name(self, gw_rows_text(rows, row, OBJECT), unit->name, gw_rows_int(rows, row, RECORDING_BEGAN));
}

static void on_rows(GwRows *rows, const GError *error, void *user_data);

static void
read_page(Reading *self, int64_t before)
{
    self->pages++;
    gw_audit_list(self->people->audit, before, PAGE, on_rows, self);
}

static void
finish(Reading *self)
{
    JsonObject *answer = json_object_new();

    json_object_set_array_member(answer, "entries", json_array_ref(self->entries));
    json_object_set_object_member(answer, "names", json_object_ref(self->names));
    sig_request_reply_object(self->request, answer);
    reading_free(self);
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    Reading *self = user_data;
    Roots roots = { .reading = self, .all = true };
    unsigned n = error == NULL ? gw_rows_get_count(rows) : 0;

    if (error != NULL) {
        sig_request_fail(self->request, SIG_ERROR_UNAVAILABLE, "the audit log cannot be read now; try again");
        reading_free(self);
        return;
    }
    gw_people_foreach_unit(self->people, check_root, &roots);
    for (unsigned i = 0; i < n && json_array_get_length(self->entries) < self->limit; i++) {
        if (roots.all || is_theirs(self, gw_rows_text(rows, i, WHO)) || is_theirs(self, gw_rows_text(rows, i, OBJECT)))
            add_entry(self, rows, i);
    }
    if (n == PAGE && json_array_get_length(self->entries) < self->limit && self->pages < MAX_PAGES)
        read_page(self, gw_rows_int(rows, n - 1, 0));
    else
        finish(self);
}

static void
handle(SigRequest *request, JsonObject *params, void *user_data)
{
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    Reading *self = g_new0(Reading, 1);

    self->people = user_data;
    self->request = request;
    self->person = g_strdup(identity->id);
    self->access = identity->access & gw_method_audit_list.access;
    self->entries = json_array_new();
    self->names = json_object_new();
    self->limit = (unsigned)json_object_get_int_member_with_default(params, "limit", LIMIT);
    read_page(self, json_object_get_int_member_with_default(params, "before", 0));
}

const SigMethod gw_method_audit_list = {
    .name = "audit.list",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_AUDITOR,
    .params = params_rows,
    .summary = "What happened in the asker's part of the tree, newest first",
    .result = "{entries: [{id, at_ms, who, action, object?, detail?, address?}], names: {REF: {name, at_ms?}}}",
    .handle = handle,
};
