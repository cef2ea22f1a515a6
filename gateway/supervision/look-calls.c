#define G_LOG_DOMAIN "gateway.look"

#include "gateway/supervision/look-calls.h"

#include <string.h>

enum { ANSWER_MS = 60 * 1000 }; /* where somebody has to press a button */

static void
on_answered(GwCall *call, void *user_data)
{
    (void)user_data;
    g_debug("terminal %s shows itself", gw_call_get_terminal(call));
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    (void)call;
    gw_look_refuse(user_data, g_strcmp0(reason, "busy") == 0 ? "busy" : "declined");
}

static void
on_missed(GwCall *call, void *user_data)
{
    (void)call;
    gw_look_refuse(user_data, "no-answer");
}

static void
on_gone(GwCall *call, void *user_data)
{
    (void)call;
    gw_look_refuse(user_data, "busy");
}

static const GwCallHandler handler = {
    .answered = on_answered,
    .declined = on_declined,
    .missed = on_missed,
    .gone = on_gone,
};

static void *
ring(GwLook *look, const GwActor *actor, const char **ret_why, void *user_data)
{
    const char *terminal = gw_look_get_terminal(look);
    const GwBusiness business = gw_calls_get_business(user_data, terminal, "inspection");
    const GwCallInfo info = {
        .terminal = terminal,
        .kind = "inspection",
        .session = gw_look_get_session(look),
        .party = GW_LOOK_PARTY,
        .from = actor->display != NULL ? actor->display : "",
        .until_ms = gw_look_now_ms(look) + ANSWER_MS,
    };
    g_autoptr(GError) error = NULL;
    GwCall *call = NULL;

    if (business.what != NULL) {
        *ret_why = strcmp(business.what, "visit") == 0 ? "visit" : "busy";
        return NULL;
    }
    call = gw_calls_ring(user_data, &info, &handler, look, &error);
    if (call == NULL)
        g_debug("terminal %s: %s", terminal, error->message);
    return call;
}

static bool
find(const char *terminal, const char **ret_session, const char **ret_party, void *user_data)
{
    return gw_calls_find_answered(user_data, terminal, ret_session, ret_party);
}

static void
cancel(void *call, void *user_data)
{
    (void)user_data;
    gw_call_cancel(call, "ended");
}

static void
tell_media(void *call, void *user_data)
{
    (void)user_data;
    gw_call_on_media(call);
}

static const GwLookRinger ringer = { .ring = ring, .find = find, .cancel = cancel, .media = tell_media };

void
gw_look_calls_attach(GwLooks *looks, GwCalls *calls)
{
    gw_looks_set_ringer(looks, &ringer, calls);
}
