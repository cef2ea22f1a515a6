#define G_LOG_DOMAIN "gateway.people"

#include "gateway/people/answer.h"
#include "gateway/people/people-priv.h"

/* The cookie outlives the code: a visit that is extended or comes back within its grace time is still the same one. What
 * ends it is gw_people_revoke_visit(). */
#define COOKIE_AFTER_CODE_MS (INT64_C(12) * 3600 * 1000)

static const SigParam code_params[] = {
    { .name = "code", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
    { NULL },
};

static void
note(GwPeople *self, SigHttp *http, const char *who, const char *action, const char *object)
{
    const GwAuditEntry entry = {
        .who = who, .action = action, .object = object, .address = sig_http_get_address(http)
    };

    gw_people_note(self, &entry);
}

static void
refuse(GwPeople *self, SigHttp *http, bool expired)
{
    note(self, http, "nobody", "visit.code-refused", NULL);
    if (expired)
        gw_refuse(http, SIG_ERROR_SIGN_IN, "code-expired", "this visit is over, or its code is too old; ask the prison",
                  0);
    else
        gw_refuse(http, SIG_ERROR_SIGN_IN, "code-unknown", "there is no visit with this code; look at it again", 0);
}

/* The device that holds the visit already, asking again (its page was loaded anew), is not another one. */
static bool
is_own_device(GwPeople *self, SigHttp *http, const char *visit)
{
    const GwToken *token =
        gw_tokens_use(self->tokens, GW_SEAT_VISIT, sig_http_get_cookie(http, "yuanjian-visit"), gw_people_now_ms());

    return token != NULL && g_str_equal(token->owner, visit);
}

static void
let_in(GwPeople *self, SigHttp *http, const char *visit, int64_t expires_ms)
{
    g_autofree char *who = gw_people_audit_name(GW_SEAT_VISIT, visit);
    g_autofree char *object = g_strdup_printf("visit:%s", visit);
    JsonObject *answer = json_object_new();

    if (!is_own_device(self, http, visit)) {
        gw_tokens_revoke_owner(self->tokens, GW_SEAT_VISIT, visit, NULL);
        g_autofree char *secret =
            gw_tokens_issue(self->tokens, GW_SEAT_VISIT, visit, expires_ms + COOKIE_AFTER_CODE_MS, gw_people_now_ms());
        gw_people_set_cookie(self, http, GW_SEAT_VISIT, secret);
        note(self, http, who, "visit.code-used", object);
    }
    json_object_set_object_member(answer, "visit",
                                  self->asked.visits->visit_to_json(visit, GW_SEAT_VISIT, self->asked.visits_data));
    gw_answer(http, answer);
}

static void
on_code(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(JsonObject) body = gw_body_read(http, code_params);
    int64_t wait_ms = 0, expires_ms = 0;
    bool expired = false;

    if (body == NULL)
        return;
    if (!gw_throttle_take(self->throttle, NULL, sig_http_get_address(http), gw_people_now_ms(), &wait_ms)) {
        gw_refuse(http, SIG_ERROR_LIMIT, "limit-reached", "too many tries; wait before the next one",
                  (wait_ms + 999) / 1000);
        return;
    }
    g_autofree char *visit = g_strdup(gw_visit_codes_find(self->codes, json_object_get_string_member(body, "code"),
                                                          gw_people_now_ms(), &expires_ms, &expired));
    if (visit == NULL || self->asked.visits == NULL || !self->asked.visits->visit_is_open(visit, self->asked.visits_data)) {
        refuse(self, http, expired || visit != NULL);
        return;
    }
    gw_throttle_succeed(self->throttle, NULL, sig_http_get_address(http), gw_people_now_ms());
    if (!is_own_device(self, http, visit) && self->asked.visits->visit_is_held(visit, self->asked.visits_data)) {
        g_autofree char *object = g_strdup_printf("visit:%s", visit);
        note(self, http, "nobody", "visit.code-in-use", object);
        gw_refuse(http, SIG_ERROR_STATE, "code-in-use", "this visit is open on another device; close it there first",
                  0);
        return;
    }
    let_in(self, http, visit, expires_ms);
}

/* For terminals without a page; asking counts as a heartbeat. */
static void
on_terminal_visit(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    JsonObject *answer = json_object_new();
    JsonObject *visit = NULL;

    gw_people_terminal_alive(self, gw_directory_get_terminal(self->directory, identity->id), NULL);
    if (self->asked.visits != NULL)
        visit = self->asked.visits->terminal_visit(identity->id, self->asked.visits_data);
    if (visit != NULL)
        json_object_set_object_member(answer, "visit", visit);
    else
        json_object_set_null_member(answer, "visit");
    sig_http_add_header(http, "Cache-Control", "no-store");
    gw_answer(http, answer);
}

const SigRoute gw_routes_visit_code[] = {
    { "POST", "/api/v1/visit-code", 0, GW_BODY_MAX, "Lets a family's device into its visit", on_code },
    { "GET", "/api/v1/terminal/visit", GW_ACCESS_TERMINAL, 0, "What the terminal should answer now",
      on_terminal_visit },
    { NULL },
};
