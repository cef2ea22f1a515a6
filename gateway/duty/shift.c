#include "gateway/duty/shift.h"

#include <string.h>

static char **
read_members(const char *text)
{
    g_autoptr(JsonNode) node = text != NULL ? json_from_string(text, NULL) : NULL;
    JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    g_autoptr(GStrvBuilder) members = g_strv_builder_new();

    for (unsigned i = 0; array != NULL && i < json_array_get_length(array); i++)
        g_strv_builder_add(members, json_array_get_string_element(array, i));
    return g_strv_builder_end(members);
}

GwShift *
gw_shift_from_row(const GwRows *rows, unsigned row)
{
    GwShift *self = g_new0(GwShift, 1);

    self->id = g_strdup(gw_rows_text(rows, row, 0));
    self->unit = g_strdup(gw_rows_text(rows, row, 1));
    self->leader = g_strdup(gw_rows_text(rows, row, 2));
    self->members = read_members(gw_rows_text(rows, row, 3));
    self->from_ms = gw_rows_int(rows, row, 4);
    self->until_ms = gw_rows_int(rows, row, 5);
    self->published = gw_rows_int(rows, row, 6) != 0;
    self->handed = (GwShiftAct){
        .at_ms = gw_rows_int(rows, row, 7),
        .upto = gw_rows_int(rows, row, 8),
        .by = g_strdup(gw_rows_text(rows, row, 9)),
        .text = g_strdup(gw_rows_text(rows, row, 10)),
        .items = g_strdup(gw_rows_text(rows, row, 11)),
    };
    self->taken = (GwShiftAct){
        .at_ms = gw_rows_int(rows, row, 12),
        .upto = gw_rows_int(rows, row, 13),
        .by = g_strdup(gw_rows_text(rows, row, 14)),
        .text = g_strdup(gw_rows_text(rows, row, 15)),
        .next = g_strdup(gw_rows_text(rows, row, 16)),
    };
    self->before = g_strdup(gw_rows_text(rows, row, 17));
    self->before_upto = gw_rows_int(rows, row, 18);
    self->begun = gw_rows_int(rows, row, 19) != 0;
    return self;
}

static void
clear_act(GwShiftAct *act)
{
    g_free(act->by);
    g_free(act->text);
    g_free(act->items);
    g_free(act->next);
}

void
gw_shift_free(GwShift *self)
{
    if (self == NULL)
        return;
    g_free(self->id);
    g_free(self->unit);
    g_free(self->leader);
    g_strfreev(self->members);
    g_free(self->before);
    clear_act(&self->handed);
    clear_act(&self->taken);
    g_free(self);
}

const char *
gw_shift_state_to_string(GwShiftState state)
{
    static const char *const names[] = {
        [GW_SHIFT_DRAFT] = "draft",     [GW_SHIFT_TO_COME] = "to-come",
        [GW_SHIFT_ON_DUTY] = "on-duty", [GW_SHIFT_HANDING_OVER] = "handing-over",
        [GW_SHIFT_DONE] = "done",
    };

    return names[state];
}

GwShiftState
gw_shift_get_state(const GwShift *self, int64_t now_ms)
{
    if (!self->published)
        return GW_SHIFT_DRAFT;
    if (self->taken.at_ms != 0)
        return GW_SHIFT_DONE;
    if (self->handed.at_ms != 0)
        return GW_SHIFT_HANDING_OVER;
    return (self->begun || self->from_ms <= now_ms) && self->before == NULL ? GW_SHIFT_ON_DUTY : GW_SHIFT_TO_COME;
}

bool
gw_shift_has(const GwShift *self, const char *person)
{
    return g_strcmp0(self->leader, person) == 0 || g_strv_contains((const char *const *)self->members, person);
}

const char *
gw_shift_refuse_hand_over(const GwShift *self, const char *person, int64_t now_ms)
{
    if (g_strcmp0(self->leader, person) != 0)
        return "Only the leader of a shift hands it over.";
    switch (gw_shift_get_state(self, now_ms)) {
    case GW_SHIFT_ON_DUTY:
        return NULL;
    case GW_SHIFT_DRAFT:
        return "This shift is not published yet.";
    case GW_SHIFT_TO_COME:
        return "This shift has not begun yet.";
    case GW_SHIFT_HANDING_OVER:
    case GW_SHIFT_DONE:
        return "This shift has been handed over already.";
    }
    return NULL;
}

int64_t
gw_shift_get_after(const GwShift *self)
{
    return self->before_upto;
}

int64_t
gw_shift_get_upto(const GwShift *self)
{
    if (self->handed.at_ms != 0)
        return self->handed.upto;
    return self->taken.at_ms != 0 ? self->taken.upto : INT64_MAX;
}
