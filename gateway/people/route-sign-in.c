#define G_LOG_DOMAIN "gateway.people"

#include <string.h>

#include "gateway/people/answer.h"
#include "gateway/people/people-priv.h"

static const SigParam sign_in_params[] = {
    { .name = "name", .type = SIG_TYPE_STRING, .min = 1, .max = GW_DIRECTORY_MAX_NAME },
    { .name = "password", .type = SIG_TYPE_STRING, .min = 1, .max = GW_PASSWORD_MAX_BYTES },
    { .name = "factor", .type = SIG_TYPE_STRING, .optional = true, .max = GW_FACTOR_MAX_TYPED },
    { NULL },
};

static const SigParam link_params[] = {
    { .name = "code", .type = SIG_TYPE_STRING, .min = 1, .max = 128 },
    { .name = "factor", .type = SIG_TYPE_STRING, .optional = true, .max = GW_FACTOR_MAX_TYPED },
    { NULL },
};

static const char *const seats[] = { "visit", "terminal", "console", NULL };

static const SigParam sign_out_params[] = {
    { .name = "seat", .type = SIG_TYPE_STRING, .values = seats },
    { NULL },
};

typedef struct {
    GwPeople *people;
    SigHttp *http;
    char *name, *address, *factor; /* factor NULL: none was sent */
} Attempt;

static void
attempt_free(Attempt *attempt)
{
    g_free(attempt->name);
    g_free(attempt->address);
    g_free(attempt->factor);
    g_free(attempt);
}

static void
note(GwPeople *self, SigHttp *http, const char *who, const char *action, const char *object)
{
    const GwAuditEntry entry = {
        .who = who, .action = action, .object = object, .address = sig_http_get_address(http)
    };

    gw_people_note(self, &entry);
}

static void
let_in(GwPeople *self, SigHttp *http, const GwPersonRecord *person, const char *action)
{
    int64_t now_ms = gw_people_now_ms();
    g_autofree char *secret = gw_tokens_issue(self->tokens, GW_SEAT_CONSOLE, person->public.id, 0, now_ms);
    g_autofree char *name = gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id);
    JsonObject *answer = json_object_new();

    note(self, http, name, action, name);
    gw_tokens_set_origin(self->tokens, secret, sig_http_get_address(http), sig_http_get_header(http, "user-agent"));
    gw_people_set_cookie(self, http, GW_SEAT_CONSOLE, secret);
    json_object_set_string_member(answer, "seat", "console");
    json_object_set_object_member(answer, "person", gw_people_person_to_json(self, &person->public));
    gw_answer(http, answer);
}

/* How many tries are left is nobody's business; how long to wait is. */
static bool
may_try(GwPeople *self, SigHttp *http, const char *account)
{
    int64_t wait_ms = 0;

    if (gw_throttle_take(self->throttle, account, sig_http_get_address(http), gw_people_now_ms(), &wait_ms))
        return true;
    g_message("sign-in from %s is slowed down", sig_http_get_address(http));
    gw_refuse(http, SIG_ERROR_LIMIT, "limit-reached", "too many tries; wait before the next one",
              (wait_ms + 999) / 1000);
    return false;
}

/* The second step; otherwise the request is answered. Only who has the password, or a link, comes this far. */
static bool
pass_factor(GwPeople *self, SigHttp *http, const GwPersonRecord *person, const char *typed)
{
    const char *id = person->public.id, *address = sig_http_get_address(http);
    g_autofree char *name = gw_people_audit_name(GW_SEAT_CONSOLE, id);
    int64_t now_ms = gw_people_now_ms(), wait_ms = 0;

    if (!gw_second_factors_has(self->factors, id))
        return true;
    if (typed == NULL || *typed == '\0') {
        gw_refuse(http, SIG_ERROR_SIGN_IN, "factor-required", "now the code of the second factor", 0);
        return false;
    }
    if (!gw_throttle_take(gw_second_factors_get_throttle(self->factors), id, address, now_ms, &wait_ms)) {
        gw_refuse(http, SIG_ERROR_LIMIT, "limit-reached", "too many wrong codes; wait before the next one",
                  (wait_ms + 999) / 1000);
        return false;
    }
    GwFactorResult result = gw_second_factors_use(self->factors, id, typed, now_ms);
    if (result == GW_FACTOR_WRONG) {
        note(self, http, "nobody", "sign-in.refused", name);
        gw_refuse(http, SIG_ERROR_SIGN_IN, "bad-factor", "this code is wrong, or was used already", 0);
        return false;
    }
    gw_throttle_succeed(gw_second_factors_get_throttle(self->factors), id, address, now_ms);
    if (result == GW_FACTOR_RECOVERED)
        note(self, http, name, "second-factor.recovered", name);
    return true;
}

static void
on_verified(const char *encoded, bool right, void *user_data)
{
    Attempt *attempt = user_data;
    GwPeople *self = attempt->people;
    const GwPersonRecord *person = gw_directory_find_person(self->directory, attempt->name);
    (void)encoded;

    if (right && person != NULL && person->password != NULL && !person->public.disabled && person->public.access != 0) {
        gw_throttle_succeed(self->throttle, attempt->name, attempt->address, gw_people_now_ms());
        if (pass_factor(self, attempt->http, person, attempt->factor))
            let_in(self, attempt->http, person, "sign-in");
    } else {
        g_autofree char *object = person != NULL ? gw_people_audit_name(GW_SEAT_CONSOLE, person->public.id) : NULL;
        note(self, attempt->http, "nobody", "sign-in.refused", object);
        gw_refuse(attempt->http, SIG_ERROR_SIGN_IN, "bad-credentials", "name or password is wrong", 0);
    }
    attempt_free(attempt);
}

static void
on_sign_in(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(JsonObject) body = gw_body_read(http, sign_in_params);

    if (body == NULL)
        return;
    const char *name = json_object_get_string_member(body, "name");
    if (!may_try(self, http, name))
        return;

    const GwPersonRecord *person = gw_directory_find_person(self->directory, name);
    Attempt *attempt = g_new0(Attempt, 1);
    attempt->people = self;
    attempt->http = http;
    attempt->name = g_strdup(name);
    attempt->address = g_strdup(sig_http_get_address(http));
    attempt->factor = g_strdup(json_object_get_string_member_with_default(body, "factor", NULL));
    if (gw_passwords_verify(self->passwords, person != NULL ? person->password : NULL,
                            json_object_get_string_member(body, "password"), on_verified, attempt))
        return;
    attempt_free(attempt);
    gw_refuse(http, SIG_ERROR_UNAVAILABLE, "unavailable", "too many people are signing in; try again in a moment", 5);
}

static void
pair(GwPeople *self, SigHttp *http, const char *terminal)
{
    int64_t now_ms = gw_people_now_ms();
    g_autofree char *name = gw_people_audit_name(GW_SEAT_TERMINAL, terminal);
    JsonObject *answer = json_object_new();

    gw_tokens_revoke_owner(self->tokens, GW_SEAT_TERMINAL, terminal, NULL);
    gw_links_revoke_owner(self->links, GW_SEAT_TERMINAL, terminal);
    g_autofree char *secret = gw_tokens_issue(self->tokens, GW_SEAT_TERMINAL, terminal, 0, now_ms);
    note(self, http, name, "terminal.paired", name);
    gw_people_set_cookie(self, http, GW_SEAT_TERMINAL, secret);
    json_object_set_string_member(answer, "seat", "terminal");
    json_object_set_object_member(answer, "terminal", gw_people_terminal_to_json(self, terminal));
    gw_answer(http, answer);
}

static void
use_link(GwPeople *self, SigHttp *http, GwSeat seat, const char *owner)
{
    const GwPersonRecord *person = gw_directory_get_person(self->directory, owner);

    gw_throttle_succeed(self->throttle, NULL, sig_http_get_address(http), gw_people_now_ms());
    if (seat == GW_SEAT_TERMINAL && gw_people_get_terminal(self, owner) != NULL)
        pair(self, http, owner);
    else if (seat == GW_SEAT_CONSOLE && person != NULL && !person->public.disabled && person->public.access != 0)
        let_in(self, http, person, "sign-in.link");
    else
        gw_refuse(http, SIG_ERROR_SIGN_IN, "link-unknown", "this link opens nothing any more; ask for a new one", 0);
}

static void
on_link(SigHttp *http, void *user_data)
{
    static const struct {
        const char *reason, *message;
    } refusals[] = {
        [GW_LINK_UNKNOWN] = { "link-unknown", "there is no such link; ask for a new one" },
        [GW_LINK_USED] = { "link-used", "this link was used already; ask for a new one" },
        [GW_LINK_EXPIRED] = { "link-expired", "this link is too old; ask for a new one" },
    };
    GwPeople *self = user_data;
    g_autoptr(JsonObject) body = gw_body_read(http, link_params);
    g_autofree char *owner = NULL;
    GwSeat seat = GW_SEAT_NONE;

    if (body == NULL || !may_try(self, http, NULL))
        return;
    const GwPersonRecord *person =
        gw_directory_get_person(self->directory, gw_links_peek(self->links, json_object_get_string_member(body, "code"),
                                                               GW_SEAT_CONSOLE, gw_people_now_ms()));
    /* The link is good still when the code is wrong. */
    if (person != NULL && !person->public.disabled &&
        !pass_factor(self, http, person, json_object_get_string_member_with_default(body, "factor", NULL)))
        return;
    GwLinkState state =
        gw_links_use(self->links, json_object_get_string_member(body, "code"), gw_people_now_ms(), &seat, &owner);
    if (state == GW_LINK_FINE) {
        use_link(self, http, seat, owner);
        return;
    }
    note(self, http, "nobody", "sign-in.refused", NULL);
    gw_refuse(http, SIG_ERROR_SIGN_IN, refusals[state].reason, refusals[state].message, 0);
}

static void
on_sign_out(SigHttp *http, void *user_data)
{
    GwPeople *self = user_data;
    g_autoptr(JsonObject) body = gw_body_read(http, sign_out_params);

    if (body == NULL)
        return;
    GwSeat seat = gw_seat_from_string(json_object_get_string_member(body, "seat"));
    const GwToken *token =
        gw_tokens_use(self->tokens, seat, sig_http_get_cookie(http, gw_seat_get_cookie(seat)), gw_people_now_ms());
    if (token != NULL) {
        g_autofree char *name = gw_people_audit_name(seat, token->owner);
        g_autofree char *hash = g_strdup(token->hash);
        note(self, http, name, "sign-out", name);
        gw_tokens_revoke(self->tokens, hash);
    }
    gw_people_set_cookie(self, http, seat, NULL);
    gw_answer(http, json_object_new());
}

const SigRoute gw_routes_sign_in[] = {
    { "POST", "/api/v1/sign-in", 0, GW_BODY_MAX, "Signs a person in by name and password", on_sign_in },
    { "POST", "/api/v1/sign-in/link", 0, GW_BODY_MAX, "Signs a person or a terminal in by a one-time link", on_link },
    { "POST", "/api/v1/sign-out", 0, GW_BODY_MAX, "Ends a seat's cookie and its connections", on_sign_out },
    { NULL },
};
