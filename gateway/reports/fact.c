#include "gateway/reports/fact.h"

#include <string.h>

typedef enum {
    ALONE,
    OPENS,
    CLOSES,
} Key;

typedef struct {
    const char *action, *kind;
    Key key;
    bool per_unit;  /* the key is of this unit in it */
    bool inspected; /* somebody looked at the office */
} Rule;

static const Rule rules[] = {
    { "roll-call.start", "rollcall", ALONE, false, false },
    { "roll-call.answer", "answered", CLOSES, true, true },
    { "roll-call.absent", "absent", OPENS, true, false },
    { "roll-call.decline", "absent", OPENS, true, false },
    { "roll-call.excuse", "excused", CLOSES, true, false },
    { "look", "look", ALONE, false, true },
    { "spot-check.outcome", "spot-checked", ALONE, false, true },
    { "lesson.sign", "lesson", ALONE, false, false },
    { "visit.live", "visit", ALONE, false, false },
    { "visit.admit", "visit", ALONE, false, false },
    { "visit.warn", "warning", ALONE, false, false },
    { "visit.end", "cut", ALONE, false, false },
    { "visit.talk", "talk", ALONE, false, false },
    { "roll-call.talk", "talk", ALONE, false, false },
    { "case.alarm", "case-opened", OPENS, false, false },
    { "case.close", "case-closed", CLOSES, false, false },
    { "ticket.create", "ticket-issued", OPENS, false, true },
    { "ticket.issue", "ticket-issued", OPENS, false, true },
    { "ticket.reply", "ticket-replied", ALONE, false, false },
    { "ticket.reopen", "ticket-reopened", ALONE, false, false },
    { "ticket.overdue", "ticket-overdue", ALONE, false, false },
    { "ticket.close", "ticket-closed", CLOSES, false, false },
    { "ticket.withdraw", "ticket-withdrawn", CLOSES, false, false },
};

const char *const gw_fact_kinds[] = {
    "rollcall",
    "answered",
    "absent",
    "excused",
    "look",
    "spot-checked",
    "lesson",
    "visit",
    "warning",
    "cut",
    "talk",
    "case-opened",
    "case-closed",
    "ticket-issued",
    "ticket-replied",
    "ticket-reopened",
    "ticket-overdue",
    "ticket-closed",
    "ticket-withdrawn",
    NULL,
};

static const char *
get_text(JsonObject *detail, const char *name)
{
    JsonNode *node = detail != NULL ? json_object_get_member(detail, name) : NULL;

    return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

static int64_t
get_number(JsonObject *detail, const char *name)
{
    JsonNode *node = detail != NULL ? json_object_get_member(detail, name) : NULL;

    return node != NULL && json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node) : 0;
}

static bool
is_true(JsonObject *detail, const char *name)
{
    JsonNode *node = detail != NULL ? json_object_get_member(detail, name) : NULL;

    return node != NULL && json_node_get_value_type(node) == G_TYPE_BOOLEAN && json_node_get_boolean(node);
}

/* A draft is not issued yet; an alarm that joins a case opens none; a visit that ends by itself was not cut. */
static bool
counts(const Rule *rule, const GwFactSource *source)
{
    if (strcmp(source->action, "ticket.create") == 0)
        return !is_true(source->detail, "draft");
    if (strcmp(source->action, "case.alarm") == 0)
        return !is_true(source->detail, "joined");
    if (strcmp(rule->kind, "spot-checked") == 0)
        return g_strcmp0(get_text(source->detail, "outcome"), "skipped") != 0;
    if (strcmp(rule->kind, "cut") == 0)
        return g_str_has_prefix(source->who, "person:") &&
               g_strcmp0(get_text(source->detail, "cause"), "completed") != 0;
    return true;
}

static char *
make_key(const Rule *rule, const GwFactSource *source, const char *unit)
{
    return rule->per_unit ? g_strconcat(source->object, "/", unit, NULL) : g_strdup(source->object);
}

bool
gw_fact_read(const GwFactSource *source, GwFact *ret_fact)
{
    const char *unit = get_text(source->detail, "unit");
    const Rule *rule = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(rules) && rule == NULL; i++)
        rule = strcmp(rules[i].action, source->action) == 0 ? &rules[i] : NULL;
    unit = unit != NULL ? unit : source->unit;
    if (rule == NULL || unit == NULL || !counts(rule, source))
        return false;
    *ret_fact = (GwFact){ .kind = rule->kind, .unit = unit, .value = 1 };
    if (strcmp(rule->kind, "look") == 0)
        ret_fact->value = MAX(0, get_number(source->detail, "until_ms") - get_number(source->detail, "from_ms"));
    if (source->object != NULL && rule->key == OPENS)
        ret_fact->opens = make_key(rule, source, unit);
    if (source->object != NULL && rule->key == CLOSES)
        ret_fact->closes = make_key(rule, source, unit);
    return true;
}

void
gw_fact_clear(GwFact *self)
{
    g_free(self->opens);
    g_free(self->closes);
    *self = (GwFact){ 0 };
}

bool
gw_fact_is_inspection(const char *kind)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].inspected && strcmp(rules[i].kind, kind) == 0)
            return true;
    }
    return false;
}
