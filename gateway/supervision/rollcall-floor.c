#include "gateway/supervision/rollcall-priv.h"

#include <string.h>

/* Who looks on talks to offices and points at one; the offices are told. */

static bool
check_answered(const GwOffice *office, GError **error)
{
    if (office->state == GW_OFFICE_ANSWERED && !office->left)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has not answered, or has left.", office->base.name);
    return false;
}

bool
gw_rollcall_talk(GwRollcall *self, SigClient *client, GwOffice *office, bool all, GError **error)
{
    const char *to = office != NULL ? gw_party_get_name(office->base.party) : NULL;

    if (office != NULL && !check_answered(office, error))
        return false;
    return gw_gathering_talk(&self->base, client, all ? GW_TALK_TO_ALL : to, error);
}

void
gw_rollcall_note_talk(GwGathering *base, const char *to, const GwActor *actor)
{
    const GwCallee *callee = gw_gathering_find_party(base, to);
    JsonObject *detail = json_object_new();
    const char *word = callee != NULL ? callee->unit : to != NULL ? "all" : "nobody";

    json_object_set_string_member(detail, "talk_to", word);
    gw_gathering_note(base, callee, "talk", actor, detail);
}

static void
point(GwRollcall *self, GwOffice *office, bool for_all, const GwActor *actor)
{
    GwCallee *callee = office != NULL ? &office->base : NULL;
    JsonObject *detail = NULL;

    if (!gw_gathering_set_spot(&self->base, callee, for_all))
        return;
    detail = json_object_new();
    json_object_set_boolean_member(detail, "for_all", self->base.spot_for_all);
    gw_gathering_note(&self->base, callee, "turn", actor, detail);
}

bool
gw_rollcall_point(GwRollcall *self, GwOffice *office, bool for_all, const GwActor *actor, GError **error)
{
    if (office != NULL && !check_answered(office, error))
        return false;
    point(self, office, for_all, actor);
    return true;
}

void
gw_rollcall_point_nowhere(GwRollcall *self, const GwActor *actor)
{
    point(self, NULL, false, actor);
}
