#include <string.h>

#include "gateway/audit/reply.h"
#include "gateway/people/people-priv.h"
#include "gateway/people/secret.h"

/* Standing pairings (F14): two units that work together for a time, whatever the tree says. Kept in the store alone: nothing is
 * decided by them, pages show who is paired first. One that has ended stays on record. */

enum { MAX_ID = 64, MAX_PURPOSE = 60, MAX_LIST = 2000 };

#define LAST_MS INT64_C(4102444800000)

typedef struct {
    GwPeople *people;
    SigRequest *request;
    int64_t until_ms; /* units.unpair */
} Pending;

static Pending *
pend(GwPeople *self, SigRequest *request, int64_t until_ms)
{
    Pending *pending = g_new0(Pending, 1);

    *pending = (Pending){ self, request, until_ms };
    return pending;
}

static const GwIdentity *
asker_of(const Pending *pending)
{
    SigClient *client = sig_request_get_client(pending->request);

    return client != NULL ? gw_identity_of_client(client) : NULL;
}

#define SELECT "SELECT id, one, other, purpose, from_ms, until_ms FROM unit_pair "

static bool
reaches_row(GwPeople *self, const GwIdentity *identity, uint32_t access, const GwRows *rows, unsigned row, bool both)
{
    bool one = gw_people_reaches(self, identity, access, gw_rows_text(rows, row, 1));
    bool other = gw_people_reaches(self, identity, access, gw_rows_text(rows, row, 2));

    return both ? one && other : one || other;
}

static JsonObject *
row_to_json(GwPeople *self, const GwRows *rows, unsigned row)
{
    JsonObject *object = json_object_new();
    JsonObject *one = gw_people_unit_to_json(self, gw_rows_text(rows, row, 1));
    JsonObject *other = gw_people_unit_to_json(self, gw_rows_text(rows, row, 2));

    json_object_set_string_member(object, "id", gw_rows_text(rows, row, 0));
    if (one != NULL)
        json_object_set_object_member(object, "unit", one);
    if (other != NULL)
        json_object_set_object_member(object, "other", other);
    json_object_set_string_member(object, "purpose", gw_rows_text(rows, row, 3));
    json_object_set_int_member(object, "from_ms", gw_rows_int(rows, row, 4));
    json_object_set_int_member(object, "until_ms", gw_rows_int(rows, row, 5));
    return object;
}

static void
on_list(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    const GwIdentity *identity = asker_of(pending);
    JsonArray *list = NULL;

    if (error != NULL) {
        sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    list = json_array_new();
    for (unsigned i = 0; identity != NULL && i < gw_rows_get_count(rows); i++) {
        if (reaches_row(pending->people, identity, GW_ACCESS_CONSOLE, rows, i, false))
            json_array_add_object_element(list, row_to_json(pending->people, rows, i));
    }
    JsonObject *answer = json_object_new();
    json_object_set_array_member(answer, "pairs", list);
    sig_request_reply_object(pending->request, answer);
}

static void
handle_list(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    GwStatement *statement = gw_statement_new(SELECT "ORDER BY from_ms DESC LIMIT ?1");

    (void)params;
    gw_statement_int(statement, MAX_LIST);
    gw_store_run(self->store, statement, on_list, pend(self, request, 0));
}

/* NULL: the asker does not reach it, or it is closed; it was answered. */
static const GwUnit *
find_unit(GwPeople *self, SigRequest *request, const char *id)
{
    const GwIdentity *identity = gw_identity_of_client(sig_request_get_client(request));
    const GwUnit *unit = gw_people_get_unit(self, id);

    if (unit != NULL && gw_people_reaches(self, identity, GW_ACCESS_ADMINISTRATOR, unit->id))
        return unit;
    sig_request_fail(request, SIG_ERROR_NOT_FOUND, "There is no unit '%s' in your part of the tree.", id);
    return NULL;
}

static void
handle_pair(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    const GwUnit *unit = find_unit(self, request, json_object_get_string_member(params, "unit"));
    const GwUnit *other =
        unit != NULL ? find_unit(self, request, json_object_get_string_member(params, "other")) : NULL;

    if (unit == NULL || other == NULL)
        return;
    int64_t from_ms = json_object_get_int_member_with_default(params, "from_ms", gw_people_now_ms());
    int64_t until_ms = json_object_get_int_member_with_default(params, "until_ms", 0);
    if (unit == other || (until_ms != 0 && until_ms <= from_ms)) {
        sig_request_fail(request, SIG_ERROR_BAD_PARAMS,
                         unit == other ? "A unit is not paired with itself." : "It would end before it begins.");
        return;
    }
    g_autofree char *id = gw_secret_new_id("pair");
    g_autofree char *object = g_strconcat("unit:", unit->id, NULL);
    GwStatement *statement = gw_statement_new("INSERT INTO unit_pair (id, one, other, purpose, from_ms, until_ms)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, unit->id);
    gw_statement_text(statement, other->id);
    gw_statement_text(statement, json_object_get_string_member(params, "purpose"));
    gw_statement_int(statement, from_ms);
    gw_statement_int(statement, until_ms);
    gw_store_run(self->store, statement, NULL, NULL);
    gw_people_note_request(self, request, "unit.pair", object, json_object_ref(params));
    JsonObject *answer = json_object_new();
    json_object_set_string_member(answer, "pair", id);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, request, answer);
}

static void
on_found(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Pending *pending = user_data;
    GwPeople *self = pending->people;
    const GwIdentity *identity = asker_of(pending);
    GwStatement *statement = NULL;

    if (error != NULL) {
        sig_request_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        return;
    }
    if (identity == NULL || gw_rows_get_count(rows) == 0 ||
        !reaches_row(self, identity, GW_ACCESS_ADMINISTRATOR, rows, 0, true)) {
        sig_request_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no such pairing in your part of the tree.");
        return;
    }
    if (gw_rows_int(rows, 0, 5) != 0 && gw_rows_int(rows, 0, 5) <= pending->until_ms) {
        sig_request_fail(pending->request, SIG_ERROR_STATE, "It has ended already.");
        return;
    }
    g_autofree char *object = g_strconcat("unit:", gw_rows_text(rows, 0, 1), NULL);
    JsonObject *detail = json_object_new();
    json_object_set_string_member(detail, "other", gw_rows_text(rows, 0, 2));
    statement = gw_statement_new("UPDATE unit_pair SET until_ms = ?1 WHERE id = ?2");
    gw_statement_int(statement, pending->until_ms);
    gw_statement_text(statement, gw_rows_text(rows, 0, 0));
    gw_store_run(self->store, statement, NULL, NULL);
    gw_people_note_request(self, pending->request, "unit.unpair", object, detail);
    gw_audit_reply(self->audit, GW_REPLY_TAKE_AWAY, pending->request, NULL);
}

static void
handle_unpair(SigRequest *request, JsonObject *params, void *user_data)
{
    GwPeople *self = user_data;
    GwStatement *statement = gw_statement_new(SELECT "WHERE id = ?1");

    gw_statement_text(statement, json_object_get_string_member(params, "pair"));
    gw_store_run(self->store, statement, on_found, pend(self, request, gw_people_now_ms()));
}

static const SigMethod list = {
    .name = "units.pairs",
    .access = GW_ACCESS_CONSOLE,
    .summary =
        "Pairings of units of the asker's part of the tree with any other, the latest first; also those that ended.",
    .result = "{pairs: [{id, unit, other, purpose, from_ms, until_ms}]}; until_ms 0: without end",
    .handle = handle_list,
};
static const SigMethod pair = {
    .name = "units.pair",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params =
        (const SigParam[]){
            { .name = "unit", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
            { .name = "other", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID },
            { .name = "purpose", .type = SIG_TYPE_STRING, .max = MAX_PURPOSE },
            { .name = "from_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = LAST_MS },
            { .name = "until_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = LAST_MS },
            { NULL } },
    .summary = "Pairs two units for a time.",
    .result = "{pair}",
    .handle = handle_pair,
};
static const SigMethod unpair = {
    .name = "units.unpair",
    .access = GW_ACCESS_ADMINISTRATOR,
    .params = (const SigParam[]){ { .name = "pair", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_ID }, { NULL } },
    .summary = "Ends a pairing now; it stays on record.",
    .result = "{}",
    .handle = handle_unpair,
};

const SigMethod *const gw_pair_methods[] = { &list, &pair, &unpair, NULL };
