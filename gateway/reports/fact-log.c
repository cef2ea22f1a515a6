#define G_LOG_DOMAIN "gateway.reports"

#include "gateway/reports/fact-log.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"

typedef struct {
    GwFactLogDone then;
    void *user_data;
} Waiting;

struct GwFactLog {
    const Gateway *gateway;
    GArray *waiting;    /* Waiting: asked before this step began */
    GCancellable *gone; /* cancelled when this is freed */
    int64_t cursor;     /* the last entry that was read */
    bool busy;
};

/* What the answers of the store come back to: this may be gone by then. */
typedef struct {
    GwFactLog *facts; /* borrowed; only while gone is not cancelled */
    GCancellable *gone;
    int64_t cursor;
    bool more;
} Step;

static void step(GwFactLog *self);

static Step *
step_new(GwFactLog *self)
{
    Step *it = g_new0(Step, 1);

    it->facts = self;
    it->gone = g_object_ref(self->gone);
    return it;
}

static void
step_free(Step *it)
{
    g_object_unref(it->gone);
    g_free(it);
}

GwFactLog *
gw_fact_log_new(const Gateway *gateway)
{
    GwFactLog *self = g_new0(GwFactLog, 1);

    self->gateway = gateway;
    self->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    self->gone = g_cancellable_new();
    self->cursor = -1;
    return self;
}

void
gw_fact_log_free(GwFactLog *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    g_array_unref(self->waiting);
    g_free(self);
}

static void
finish(GwFactLog *self)
{
    g_autoptr(GArray) waiting = self->waiting;

    self->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    self->busy = false;
    for (unsigned i = 0; i < waiting->len; i++) {
        const Waiting *one = &g_array_index(waiting, Waiting, i);
        one->then(one->user_data);
    }
}

/* One entry. */

enum { ID, AT_MS, WHO, ACTION, OBJECT, DETAIL, UNIT };

static const char *
find_unit(const Gateway *gateway, const GwRows *rows, unsigned row, JsonObject *detail)
{
    const char *object = gw_rows_text(rows, row, OBJECT), *unit = gw_rows_text(rows, row, UNIT);
    const char *item = detail != NULL ? json_object_get_string_member_with_default(detail, "item", NULL) : NULL;

    if (unit != NULL || object == NULL)
        return unit;
    if (g_str_has_prefix(object, "spot-check:") && item != NULL) {
        const GwTerminal *terminal = gw_people_get_terminal(gateway->people, item);
        return terminal != NULL ? terminal->unit : item;
    }
    if (g_str_has_prefix(object, "unit:"))
        return object + strlen("unit:");
    if (g_str_has_prefix(object, "terminal:")) {
        const GwTerminal *terminal = gw_people_get_terminal(gateway->people, object + strlen("terminal:"));
        return terminal != NULL ? terminal->unit : NULL;
    }
    return NULL;
}

static GwStatement *
make_insert(const GwRows *rows, unsigned row, const GwFact *fact, const char *place)
{
    const char *detail = gw_rows_text(rows, row, DETAIL);
    GwStatement *statement =
        gw_statement_new("INSERT OR IGNORE INTO fact (id, at_ms, kind, unit, place, who, object, opens, closes, value,"
                         " detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");

    gw_statement_int(statement, gw_rows_int(rows, row, ID));
    gw_statement_int(statement, gw_rows_int(rows, row, AT_MS));
    gw_statement_text(statement, fact->kind);
    gw_statement_text(statement, fact->unit);
    gw_statement_text(statement, place);
    gw_statement_text(statement, gw_rows_text(rows, row, WHO));
    gw_statement_text(statement, gw_rows_text(rows, row, OBJECT));
    gw_statement_text(statement, fact->opens);
    gw_statement_text(statement, fact->closes);
    gw_statement_int(statement, fact->value);
    gw_statement_text(statement, detail != NULL && strlen(detail) <= GW_FACT_LOG_MAX_DETAIL ? detail : NULL);
    return statement;
}

static void
add_entry(const Gateway *gateway, const GwRows *rows, unsigned row, GPtrArray *statements)
{
    g_autoptr(JsonNode) node =
        gw_rows_is_null(rows, row, DETAIL) ? NULL : json_from_string(gw_rows_text(rows, row, DETAIL), NULL);
    JsonObject *detail = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const GwFactSource source = {
        .action = gw_rows_text(rows, row, ACTION),
        .object = gw_rows_text(rows, row, OBJECT),
        .who = gw_rows_text(rows, row, WHO),
        .detail = detail,
        .unit = find_unit(gateway, rows, row, detail),
    };
    GwFact fact = { 0 };

    if (!gw_fact_read(&source, &fact))
        return;
    if (gw_people_get_unit(gateway->people, fact.unit) != NULL) {
        g_autofree char *place = gw_people_unit_place_at(gateway->people, fact.unit, gw_rows_int(rows, row, AT_MS));
        g_ptr_array_add(statements, make_insert(rows, row, &fact, place));
    }
    gw_fact_clear(&fact);
}

static void
on_written(GwRows *rows, const GError *error, void *user_data)
{
    Step *it = user_data;
    (void)rows;

    if (!g_cancellable_is_cancelled(it->gone)) {
        if (error != NULL)
            g_warning("facts: %s", error->message);
        else
            it->facts->cursor = it->cursor;
        if (error == NULL && it->more)
            step(it->facts);
        else
            finish(it->facts);
    }
    step_free(it);
}

static void
on_entries(GwRows *rows, const GError *error, void *user_data)
{
    Step *it = user_data;
    GwFactLog *self = it->facts;
    unsigned n = rows != NULL ? gw_rows_get_count(rows) : 0;

    if (g_cancellable_is_cancelled(it->gone)) {
        step_free(it);
        return;
    }
    if (error != NULL)
        g_warning("facts: %s", error->message);
    if (n == 0) {
        step_free(it);
        finish(self);
        return;
    }
    GPtrArray *statements = g_ptr_array_new();
    for (unsigned i = 0; i < n; i++)
        add_entry(self->gateway, rows, i, statements);
    it->cursor = gw_rows_int(rows, n - 1, ID);
    it->more = n == GW_FACT_LOG_AT_ONCE;
    GwStatement *cursor = gw_statement_new("UPDATE fact_cursor SET audit = ?1 WHERE id = 1");
    gw_statement_int(cursor, it->cursor);
    g_ptr_array_add(statements, cursor);
    gw_store_run_all(self->gateway->store, statements, on_written, it);
}

static void
step(GwFactLog *self)
{
    GwStatement *statement = gw_statement_new(
        "SELECT a.id, a.at_ms, a.who, a.action, a.object, a.detail, coalesce(t.to_unit, v.unit, r.unit, s.unit)"
        " FROM (SELECT id, at_ms, who, action, object, detail, substr(object, instr(object, ':') + 1) AS rest,"
        "  substr(object, 1, instr(object, ':')) AS sort FROM audit"
        "  WHERE id > CASE WHEN ?1 < 0 THEN (SELECT audit FROM fact_cursor) ELSE ?1 END ORDER BY id LIMIT ?2) a"
        " LEFT JOIN ticket t ON a.sort = 'ticket:' AND t.id = a.rest"
        " LEFT JOIN visit v ON a.sort = 'visit:' AND v.id = a.rest"
        " LEFT JOIN rollcall r ON a.sort = 'roll-call:' AND r.id = a.rest"
        " LEFT JOIN session s ON a.sort = 'session:' AND s.id = a.rest ORDER BY a.id");

    gw_statement_int(statement, self->cursor);
    gw_statement_int(statement, GW_FACT_LOG_AT_ONCE);
    gw_store_run(self->gateway->store, statement, on_entries, step_new(self));
}

void
gw_fact_log_catch_up(GwFactLog *self, GwFactLogDone then, void *user_data)
{
    const Waiting waiting = { then, user_data };

    if (then != NULL)
        g_array_append_val(self->waiting, waiting);
    if (self->busy)
        return;
    self->busy = true;
    step(self);
}

/* Reading. */

void
gw_fact_log_bind_filter(GwStatement *statement, const GwFactFilter *filter)
{
    g_autofree char *within = g_strconcat("/", filter->unit, "/", NULL);

    gw_statement_text(statement, within);
    gw_statement_text(statement, filter->kinds);
    gw_statement_text(statement, filter->who);
    gw_statement_text(statement, filter->at);
    gw_statement_int(statement, filter->from_ms);
    gw_statement_int(statement, filter->until_ms);
    gw_statement_int(statement, filter->upto);
    gw_statement_text(statement, filter->below);
}

char *
gw_fact_log_name_of(const Gateway *gateway, const char *who)
{
    const char *rest = who != NULL ? strchr(who, ':') : NULL;

    if (rest != NULL && g_str_has_prefix(who, "person:")) {
        const GwPerson *person = gw_people_get_person(gateway->people, rest + 1);
        return g_strdup(person != NULL ? person->display : rest + 1);
    }
    if (rest != NULL && g_str_has_prefix(who, "terminal:")) {
        const GwTerminal *terminal = gw_people_get_terminal(gateway->people, rest + 1);
        return g_strdup(terminal != NULL ? terminal->name : rest + 1);
    }
    return g_strdup(who);
}

JsonObject *
gw_fact_log_row_to_json(const Gateway *gateway, const GwRows *rows, unsigned row)
{
    JsonObject *fact = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(gateway->people, gw_rows_text(rows, row, 3));
    g_autofree char *path =
        gw_people_unit_path_at(gateway->people, gw_rows_text(rows, row, 3), gw_rows_int(rows, row, 1));
    g_autofree char *name = gw_fact_log_name_of(gateway, gw_rows_text(rows, row, 5));
    JsonNode *detail = gw_rows_is_null(rows, row, 8) ? NULL : json_from_string(gw_rows_text(rows, row, 8), NULL);

    gw_object_set_row_int(fact, "id", rows, row, 0);
    gw_object_set_row_int(fact, "at_ms", rows, row, 1);
    gw_object_set_row_text(fact, "kind", rows, row, 2);
    if (unit != NULL)
        json_object_set_object_member(fact, "unit", unit);
    gw_object_set_text(fact, "path", path);
    gw_object_set_row_text(fact, "who", rows, row, 5);
    gw_object_set_text(fact, "by", name);
    gw_object_set_row_text(fact, "object", rows, row, 6);
    gw_object_set_row_int(fact, "value", rows, row, 7);
    if (detail != NULL)
        json_object_set_member(fact, "detail", detail);
    return fact;
}

bool
gw_fact_log_check_unit(GwQuestion *question, const char *unit)
{
    GwPeople *people = question->row.gateway->people;

    if (gw_people_get_unit(people, unit) != NULL &&
        gw_people_reaches(people, &question->identity, GW_ACCESS_INSPECTOR, unit))
        return true;
    gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit.");
    return false;
}
