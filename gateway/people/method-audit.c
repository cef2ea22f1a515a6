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

enum { WHO = 2, OBJECT = 4, DETAIL = 5 };

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
    unsigned limit, pages;
} Reading;

static void
reading_free(Reading *self)
{
    json_array_unref(self->entries);
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

/* "person:ID", "terminal:ID", "unit:ID", and "KIND:ID/..." */
static bool
is_theirs(const Reading *self, const char *name)
{
    const char *colon = name != NULL ? strchr(name, ':') : NULL;
    const GwPerson *person = NULL;
    const GwTerminal *terminal = NULL;

    if (colon == NULL)
        return false;
    g_autofree char *id = g_strndup(colon + 1, strcspn(colon + 1, "/"));
    if (g_str_has_prefix(name, "person:"))
        person = gw_people_get_person(self->people, id);
    if (g_str_has_prefix(name, "terminal:"))
        terminal = gw_people_get_terminal(self->people, id);
    if (g_str_has_prefix(name, "unit:"))
        return gw_people_get_unit(self->people, id) != NULL && reaches(self, id);
    return (person != NULL && reaches(self, person->unit)) || (terminal != NULL && reaches(self, terminal->unit));
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
            json_array_add_object_element(self->entries, row_to_json(rows, i));
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
    self->limit = (unsigned)json_object_get_int_member_with_default(params, "limit", LIMIT);
    read_page(self, json_object_get_int_member_with_default(params, "before", 0));
}

const SigMethod gw_method_audit_list = {
    .name = "audit.list",
    .access = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_AUDITOR,
    .params = params_rows,
    .summary = "What happened in the asker's part of the tree, newest first",
    .result = "{entries: [{id, at_ms, who, action, object?, detail?, address?}]}",
    .handle = handle,
};
