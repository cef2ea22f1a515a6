#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/draw.h"
#include "gateway/people/secret.h"
#include "gateway/spotchecks/spotchecks-priv.h"

/* A plan is frozen in one go: the list with its weights, the seed, and the digest of both that is logged before the row is there. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

typedef struct {
    char *id, *from_unit, *head, *items, *seed; /* as they are written: closed where they have to be */
    char *published, *list_sha256;
    int64_t opens_ms; /* 0: it is open at once */
    unsigned listed;
} Frozen;

static void
frozen_free(void *data)
{
    Frozen *self = data;

    g_free(self->id);
    g_free(self->from_unit);
    g_free(self->head);
    g_free(self->items);
    g_free(self->seed);
    g_free(self->published);
    g_free(self->list_sha256);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Frozen, frozen_free)

static bool
refuse(GError **error, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, message);
    return false;
}

/* What the inspector says himself: weights by hand, and whom he leaves out, with the reason. */

/* The list is sorted by its ids. */
static GwCandidate *
find(const GPtrArray *list, const char *id)
{
    unsigned from = 0, to = list->len;

    while (from < to) {
        unsigned middle = (from + to) / 2;
        GwCandidate *candidate = list->pdata[middle];
        int order = strcmp(id, candidate->id);
        if (order == 0)
            return candidate;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

static bool
take_weights(const GwQuestion *question, const GPtrArray *list, GError **error)
{
    JsonObject *weights = json_object_has_member(question->params, "weights")
                              ? json_object_get_object_member(question->params, "weights")
                              : NULL;
    g_autoptr(GList) ids = weights != NULL ? json_object_get_members(weights) : NULL;

    if (ids != NULL && strcmp(gw_question_get(question, "weighting"), "hand") != 0)
        return refuse(error, "Weights are given where they are weighed by hand.");
    for (const GList *at = ids; at != NULL; at = at->next) {
        JsonNode *node = json_object_get_member(weights, at->data);
        GwCandidate *candidate = find(list, at->data);
        int64_t weight = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node) : 0;
        if (candidate == NULL || weight < 1 || weight > GW_DRAW_MAX_WEIGHT)
            return refuse(error, "A weight is a number from 1 to 20, of one who is listed.");
        candidate->weight = (unsigned)weight;
    }
    return true;
}

static bool
take_excluded(const GwQuestion *question, const GPtrArray *list, GError **error)
{
    JsonObject *excluded = json_object_has_member(question->params, "excluded")
                               ? json_object_get_object_member(question->params, "excluded")
                               : NULL;
    g_autoptr(GList) ids = excluded != NULL ? json_object_get_members(excluded) : NULL;

    for (const GList *at = ids; at != NULL; at = at->next) {
        JsonNode *node = json_object_get_member(excluded, at->data);
        GwCandidate *candidate = find(list, at->data);
        const char *reason = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
        g_autofree char *bare = g_strstrip(g_strdup(reason != NULL ? reason : ""));
        if (candidate == NULL || *bare == '\0' || strlen(bare) > GW_SPOTCHECKS_MAX_TEXT)
            return refuse(error, "Whoever is left out is one who is listed, and there is a reason (1,000 bytes).");
        candidate->reason = g_steal_pointer(&bare);
        candidate->weight = 0;
    }
    return true;
}

static bool
check_numbers(const GwQuestion *question, const GPtrArray *list, GError **error)
{
    unsigned lots = 0, can_be_drawn = 0;

    for (unsigned i = 0; i < list->len; i++) {
        const GwCandidate *candidate = list->pdata[i];
        lots += candidate->weight;
        can_be_drawn += candidate->weight > 0;
    }
    if (lots > GW_SPOTCHECKS_MAX_LOTS)
        return refuse(error, "All weights together are at most 50,000: choose a smaller part of the tree.");
    if (gw_question_get_int(question, "n") > can_be_drawn)
        return refuse(error, "More are to be drawn than there are.");
    return true;
}

/* Freezing. */

static char *
to_text(JsonNode *node)
{
    char *text = json_to_string(node, FALSE);

    json_node_unref(node);
    return text;
}

static char *
write_items(const GwQuestion *question, const GPtrArray *list)
{
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);
    JsonArray *items = json_array_new();

    for (unsigned i = 0; i < list->len; i++)
        json_array_add_object_element(items, gw_candidate_to_json(list->pdata[i], question->row.gateway->people));
    json_node_take_array(node, items);
    return to_text(node);
}

static char *
write_head(const GwQuestion *question, const Frozen *frozen)
{
    static const char *const names[] = { "name", "unit", "kind", "weighting" };
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *head = json_object_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        gw_object_set_text(head, names[i], gw_question_get(question, names[i]));
    json_object_set_int_member(head, "n", gw_question_get_int(question, "n"));
    json_object_set_int_member(head, "listed", frozen->listed);
    json_object_set_string_member(head, "list_sha256", frozen->list_sha256);
    json_node_take_object(node, head);
    return to_text(node);
}

static char *
hash_list(const GPtrArray *list)
{
    g_autoptr(GArray) entries = gw_draw_entries_new();

    for (unsigned i = 0; i < list->len; i++) {
        const GwCandidate *candidate = list->pdata[i];
        gw_draw_entries_add(entries, candidate->id, candidate->weight);
    }
    return gw_draw_entries_hash(entries);
}

/* The unit of the post by which he inspects: whoever inspects that sees the plan, those below do not. */
static char *
find_post(const GwQuestion *question)
{
    const char *post = NULL;

    for (const char *at = gw_question_get(question, "unit"); gw_question_reaches(question, GW_ACCESS_INSPECTOR, at);) {
        const GwUnit *unit = gw_people_get_unit(question->row.gateway->people, at);
        post = at;
        at = unit != NULL ? unit->parent : NULL;
    }
    return g_strdup(post);
}

static bool
close_text(const GwSpotchecks *self, const Frozen *frozen, const char *which, char **text, GError **error)
{
    char *closed = gw_spotcheck_close_text(self, frozen->id, which, *text, error);

    if (closed == NULL)
        return false;
    g_free(*text);
    *text = closed;
    return true;
}

static Frozen *
freeze(const GwQuestion *question, const GPtrArray *list, GError **error)
{
    const GwSpotchecks *self = question->row.subject;
    g_autoptr(Frozen) frozen = g_new0(Frozen, 1);

    frozen->id = gw_secret_new_id("check");
    frozen->from_unit = find_post(question);
    frozen->opens_ms = gw_question_get_int(question, "opens_ms");
    frozen->listed = list->len;
    frozen->list_sha256 = hash_list(list);
    frozen->seed = gw_draw_new_seed();
    frozen->published = gw_draw_commit(frozen->seed, frozen->list_sha256);
    frozen->items = write_items(question, list);
    frozen->head = write_head(question, frozen);
    if (!close_text(self, frozen, "seed", &frozen->seed, error))
        return NULL;
    if (frozen->opens_ms != 0 && (!close_text(self, frozen, "head", &frozen->head, error) ||
                                  !close_text(self, frozen, "items", &frozen->items, error)))
        return NULL;
    return g_steal_pointer(&frozen);
}

/* The row. */

static void
on_row(GwQuestion *question, const GwRows *rows)
{
    g_autofree char *id = gw_rows_get_count(rows) > 0 ? g_strdup(gw_rows_text(rows, 0, 0)) : NULL;

    if (id == NULL)
        gw_question_fail(question, SIG_ERROR_INTERNAL, "The plan is not there.");
    else
        gw_spotcheck_find_id(question, id, gw_spotcheck_answer);
}

static GwStatement *
make_find(const GwQuestion *question)
{
    GwStatement *statement = gw_statement_new("SELECT id FROM spotcheck WHERE who = ?1 AND client = ?2");

    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, gw_question_get(question, "client"));
    return statement;
}

/* Also when the same page asked twice at the same time. */
static void
answer(GwQuestion *question)
{
    gw_question_query(question, make_find(question), on_row);
}

static void
write_row(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    const Frozen *frozen = question->data;
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("INSERT INTO spotcheck (id, from_unit, who, display, client, state, made_ms, opens_ms,"
                         " published, head, items, seed, opened_ms, drawn_ms)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0)");

    gw_statement_text(statement, frozen->id);
    gw_statement_text(statement, frozen->from_unit);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "client"));
    gw_statement_text(statement, frozen->opens_ms != 0 ? "sealed" : "planned");
    gw_statement_int(statement, gw_spotchecks_now_ms(self));
    gw_statement_int(statement, frozen->opens_ms);
    gw_statement_text(statement, frozen->published);
    gw_statement_text(statement, frozen->head);
    gw_statement_text(statement, frozen->items);
    gw_statement_text(statement, frozen->seed);
    g_ptr_array_add(statements, statement);
    gw_question_write(question, statements, answer, answer);
}

static void
log_plan(GwQuestion *question)
{
    g_autoptr(GError) error = NULL;
    const GPtrArray *list = question->data;
    Frozen *frozen = NULL;
    JsonObject *detail = NULL;

    if (take_weights(question, list, &error) && take_excluded(question, list, &error) &&
        check_numbers(question, list, &error))
        frozen = freeze(question, list, &error);
    if (frozen == NULL) {
        gw_question_fail_error(question, error);
        return;
    }
    gw_question_set_data(question, frozen, frozen_free);
    gw_question_set_object(question, "spot-check", frozen->id);
    detail = gw_object_with_text("published", frozen->published);
    if (frozen->opens_ms != 0) {
        json_object_set_int_member(detail, "opens_ms", frozen->opens_ms);
    } else {
        json_object_set_string_member(detail, "list_sha256", frozen->list_sha256);
        json_object_set_string_member(detail, "unit", gw_question_get(question, "unit"));
        json_object_set_int_member(detail, "listed", frozen->listed);
        json_object_set_int_member(detail, "n", gw_question_get_int(question, "n"));
    }
    gw_question_log(question, "spot-check.create", detail, write_row);
}

static void
on_before(GwQuestion *question, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        on_row(question, rows);
    else
        gw_candidates_collect(question, log_plan);
}

static void
create(GwQuestion *question)
{
    const GwSpotchecks *self = question->row.subject;
    int64_t opens_ms = gw_question_get_int(question, "opens_ms"), now_ms = gw_spotchecks_now_ms(self);

    if (json_object_has_member(question->params, "opens_ms") &&
        (opens_ms <= now_ms || opens_ms > now_ms + GW_SPOTCHECKS_MAX_DAYS_AHEAD * DAY_MS)) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS, "A sealed plan opens in the future, within 400 days.");
        return;
    }
    gw_question_query(question, make_find(question), on_before);
}

/* spotchecks.preview */

static void
show_preview(GwQuestion *question)
{
    const GPtrArray *list = question->data;
    JsonArray *items = json_array_new();

    for (unsigned i = 0; i < list->len; i++)
        json_array_add_object_element(items, gw_candidate_to_json(list->pdata[i], question->row.gateway->people));
    json_object_set_array_member(question->result, "items", items);
    gw_question_reply(question);
}

static void
preview(GwQuestion *question)
{
    gw_candidates_collect(question, show_preview);
}

static const char *const kinds[] = { "unit", "terminal", "supervisee", NULL };
static const char *const weightings[] = { "equal", "days", "tickets", "hand", NULL };

#define KIND                                                                                                           \
    {                                                                                                                  \
        .name = "kind", .type = SIG_TYPE_STRING, .values = kinds                                                       \
    }
#define WEIGHTING                                                                                                      \
    {                                                                                                                  \
        .name = "weighting", .type = SIG_TYPE_STRING, .values = weightings                                             \
    }

const GwQuestionMethod gw_spotcheck_plan_methods[] = {
    { { .name = "spotchecks.preview",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_SPOTCHECK_PARAM("unit"), KIND, WEIGHTING, { NULL } },
        .summary = "Out of whom can be drawn in this part of the tree, and how heavy each would be.",
        .result = "{items}",
        .handle = gw_question_on_request },
      preview },
    { { .name = "spotchecks.create",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                GW_SPOTCHECK_PARAM("client"),
                { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = GW_SPOTCHECKS_MAX_NAME },
                GW_SPOTCHECK_PARAM("unit"),
                KIND,
                WEIGHTING,
                { .name = "n", .type = SIG_TYPE_INTEGER, .min = 1, .max = GW_SPOTCHECKS_MAX_DRAWN },
                { .name = "weights", .type = SIG_TYPE_OBJECT, .optional = true, .summary = "{id: 1 ... 20}" },
                { .name = "excluded", .type = SIG_TYPE_OBJECT, .optional = true, .summary = "{id: reason}" },
                { .name = "opens_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = INT64_MAX },
                { NULL } },
        .summary = "Freezes a list and its seed, and publishes their digest; opens_ms: nobody sees more before then.",
        .result = "{spotcheck, items?}",
        .handle = gw_question_on_request },
      create },
    { { NULL }, NULL },
};
