/* Who may come in: sign-in, links, codes, seats and rights, over a real server on loopback. */
#include <string.h>
#include <unistd.h>

#include "gateway/people/people-priv.h"
#include "gateway/people/secret.h"
#include "scratch.h"
#include "wire.h"

typedef struct {
    Wire wire; /* first: client functions get it */
    Scratch scratch;
    GwConfig *config;
    GwPeople *people;
    /* the visits that the stub knows: "v-1" */
    bool visit_open, visit_held;
    unsigned n_terminal_changes;
    GString *opened; /* who, by the listener */
    /* made on main before a client runs */
    char *link, *code, *console_cookie, *terminal_cookie, *visit_cookie;
    int socket; /* kept open between two clients */
} Fixture;

static bool
stub_is_open(const char *visit, void *user_data)
{
    const Fixture *fixture = user_data;

    return fixture->visit_open && g_str_equal(visit, "v-1");
}

static bool
stub_is_held(const char *visit, void *user_data)
{
    const Fixture *fixture = user_data;
    (void)visit;

    return fixture->visit_held;
}

static JsonObject *
stub_to_json(const char *visit, GwSeat seat, void *user_data)
{
    JsonObject *object = json_object_new();
    (void)seat;
    (void)user_data;

    json_object_set_string_member(object, "id", visit);
    return object;
}

static JsonObject *
stub_terminal_visit(const char *terminal, void *user_data)
{
    JsonObject *object = NULL;
    (void)user_data;

    if (g_str_equal(terminal, "t-1")) {
        object = json_object_new();
        json_object_set_string_member(object, "session", "s-1");
    }
    return object;
}

static const GwVisitLookup lookup = { stub_is_open, stub_is_held, stub_to_json, stub_terminal_visit };

static void
on_opened(SigClient *client, const GwIdentity *identity, void *user_data)
{
    Fixture *fixture = user_data;

    g_assert_true(gw_identity_of_client(client) == identity);
    g_string_append_printf(fixture->opened, "+%s ", identity->audit);
}

static void
on_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    Fixture *fixture = user_data;
    (void)client;

    g_string_append_printf(fixture->opened, "-%s ", identity->audit);
}

static void
on_terminal(const GwTerminal *terminal, void *user_data)
{
    Fixture *fixture = user_data;

    g_assert_cmpstr(terminal->id, ==, "t-1");
    fixture->n_terminal_changes++;
}

static const GwPeopleListener listener = { on_opened, on_closed, on_terminal };

static void
on_set(const char *encoded, bool right, void *user_data)
{
    GwPeople *people = user_data;
    (void)right;

    gw_directory_set_password(people->directory, gw_directory_get_person(people->directory, "p-officer"), encoded);
}

static void
fill(Fixture *fixture)
{
    static const GwNewUnit units[] = {
        { "u-top", "部", NULL, "ministry", NULL },
        { "u-prison", "监狱", "Prison", "prison", "u-top" },
        { "u-other", "县", NULL, "county", "u-top" },
    };
    static const GwNewPerson people[] = {
        { "p-officer", "Officer", "陈望舒", "u-prison", "officer" },
        { "p-admin", "admin", "周既明", "u-prison", "administrator" },
        { "p-far", "far", "沈清和", "u-other", "officer" },
    };
    static const GwNewTerminal terminal = { "t-1", "1 号会见室", "u-prison" };
    GwDirectory *directory = fixture->people->directory;

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        g_assert_nonnull(gw_directory_add_unit(directory, &units[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(people); i++)
        g_assert_nonnull(gw_directory_add_person(directory, &people[i], NULL));
    g_assert_nonnull(gw_directory_add_terminal(directory, &terminal, NULL));
    g_assert_true(gw_passwords_hash(fixture->people->passwords, "a good password", on_set, fixture->people));
    while (gw_directory_get_person(directory, "p-officer")->password == NULL)
        g_main_context_iteration(NULL, TRUE);
}

static char *
make_cookie(Fixture *fixture, GwSeat seat, const char *owner)
{
    int64_t expires_ms = seat == GW_SEAT_VISIT ? gw_people_now_ms() + 3600000 : 0;
    g_autofree char *secret = gw_tokens_issue(fixture->people->tokens, seat, owner, expires_ms, gw_people_now_ms());

    return g_strdup_printf("Cookie: %s=%s\r\n", gw_seat_get_cookie(seat), secret);
}

static void
setup(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    SigServerConfig config = { .address = "127.0.0.1", .websocket_path = "/api/ws" };
    (void)data;

    scratch_open(&fixture->scratch);
    scratch_open_people(&fixture->scratch);
    fixture->people = fixture->scratch.people;
    fixture->opened = g_string_new(NULL);
    fixture->visit_open = true;
    fill(fixture);
    fixture->config = gw_config_load(NULL, NULL);
    fixture->wire.server = sig_server_new(&config, gw_people_get_server_events(), fixture->people, &error);
    g_assert_no_error(error);
    fixture->wire.port = sig_server_get_port(fixture->wire.server);
    gw_people_attach(fixture->people, fixture->wire.server, fixture->config, NULL);
    gw_people_set_visit_lookup(fixture->people, &lookup, fixture);
    gw_people_add_listener(fixture->people, &listener, fixture);
    sig_server_start(fixture->wire.server);
    fixture->console_cookie = make_cookie(fixture, GW_SEAT_CONSOLE, "p-officer");
    fixture->terminal_cookie = make_cookie(fixture, GW_SEAT_TERMINAL, "t-1");
    fixture->visit_cookie = make_cookie(fixture, GW_SEAT_VISIT, "v-1");
    fixture->socket = -1;
}

static void
teardown(Fixture *fixture, const void *data)
{
    (void)data;

    if (fixture->socket >= 0)
        close(fixture->socket);
    sig_server_free(fixture->wire.server);
    scratch_clear(&fixture->scratch);
    gw_config_free(fixture->config);
    g_string_free(fixture->opened, TRUE);
    g_free(fixture->link);
    g_free(fixture->code);
    g_free(fixture->console_cookie);
    g_free(fixture->terminal_cookie);
    g_free(fixture->visit_cookie);
}

/* The client's side. */

static char *
post(Wire *wire, const char *path, const char *headers, const char *body)
{
    g_autofree char *text = g_strdup_printf("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                            "%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                                            path, headers, strlen(body), body);

    return wire_request(wire, text);
}

static void
expect(char *reply, int status, const char *part)
{
    if (wire_status(reply) != status || (part != NULL && strstr(reply, part) == NULL))
        g_error("not %d with %s: %s", status, part, reply);
    g_free(reply);
}

static int
open_seat(Wire *wire, const char *seat, const char *cookie)
{
    g_autofree char *request =
        g_strdup_printf("GET /api/ws?seat=%s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n",
                        seat, cookie);
    int fd = wire_connect(wire);

    wire_send(fd, request);
    g_autofree char *reply = wire_read_reply(fd, true);
    g_assert_cmpint(wire_status(reply), ==, 101);
    return fd;
}

static void
call(int fd, const char *method, const char *params, const char *part)
{
    g_autofree char *text =
        g_strdup_printf("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"%s\", \"params\": %s}", method, params);

    wire_call(fd, text);
    g_autofree char *reply = wire_read_text(fd);
    if (strstr(reply, part) == NULL)
        g_error("%s %s: %s is not in %s", method, params, part, reply);
}

static void
expect_close(int fd, unsigned code)
{
    g_assert_cmpuint(wire_read_close(fd), ==, code);
    close(fd);
}

static void
client_sign_in(Wire *wire)
{
    static const char path[] = "/api/v1/sign-in";

    expect(post(wire, path, "", "{\"name\": \"officer\", \"password\": \"a good password\"}"), 200, "陈望舒");
    expect(post(wire, path, "", "{\"name\": \"Officer\", \"password\": \"a good password\"}"), 200,
           "HttpOnly; SameSite=Strict");
    expect(post(wire, path, "", "{\"name\": \"officer\", \"password\": \"another password\"}"), 401, "bad-credentials");
    expect(post(wire, path, "", "{\"name\": \"nobody\", \"password\": \"a good password\"}"), 401, "bad-credentials");
    expect(post(wire, path, "", "{\"name\": \"admin\", \"password\": \"\"}"), 400, "bad-params");
    expect(post(wire, path, "", "{\"name\": \"admin\", \"password\": \"no password yet\"}"), 401, "bad-credentials");
    expect(post(wire, path, "", "{\"name\": \"officer\"}"), 400, "password");
    expect(post(wire, path, "", "{\"name\": 1, \"password\": \"x\"}"), 400, "name");
    expect(post(wire, path, "", "[]"), 400, "invalid-request");
    expect(post(wire, path, "", "{"), 400, "parse-error");
    expect(post(wire, path, "Origin: http://elsewhere.example\r\nCookie: a=b\r\n",
                "{\"name\": \"officer\", \"password\": \"a good password\"}"),
           403, NULL);
    expect(wire_request(wire, "POST /api/v1/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                              "Content-Length: 2\r\nConnection: close\r\n\r\n{}"),
           400, "application/json");
}

static void
test_sign_in(Fixture *fixture, const void *data)
{
    (void)data;

    wire_run(&fixture->wire, client_sign_in);
    gw_store_flush(fixture->scratch.store);
    g_assert_cmpint(scratch_count(&fixture->scratch, "SELECT count(*) FROM audit WHERE action = 'sign-in'"
                                                     " AND who = 'person:p-officer' AND address = '127.0.0.1'"),
                    ==, 2);
    g_assert_cmpint(scratch_count(&fixture->scratch, "SELECT count(*) FROM audit WHERE action = 'sign-in.refused'"), ==,
                    3);
    g_assert_cmpint(scratch_count(&fixture->scratch, "SELECT count(*) FROM audit WHERE detail LIKE '%password%'"), ==,
                    0);
}

static void
client_guess(Wire *wire)
{
    static const char wrong[] = "{\"name\": \"officer\", \"password\": \"wrong password\"}";

    for (unsigned i = 0; i < GW_THROTTLE_PAIR_TRIES; i++)
        expect(post(wire, "/api/v1/sign-in", "", wrong), 401, "bad-credentials");
    expect(post(wire, "/api/v1/sign-in", "", wrong), 429, "\"retry_after_s\":");
    expect(post(wire, "/api/v1/sign-in", "", "{\"name\": \"officer\", \"password\": \"a good password\"}"), 429,
           "limit-reached");
}

static void
test_guessing_is_slowed_down(Fixture *fixture, const void *data)
{
    (void)data;
    wire_run(&fixture->wire, client_guess);
}

static void
client_link(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    g_autofree char *body = g_strdup_printf("{\"code\": \"%s\"}", strstr(fixture->link, "#link=") + 6);

    expect(post(wire, "/api/v1/sign-in/link", "", "{\"code\": \"nonsense\"}"), 401, "link-unknown");
    expect(post(wire, "/api/v1/sign-in/link", "", body), 200, "Set-Cookie: yuanjian-");
    expect(post(wire, "/api/v1/sign-in/link", "", body), 401, "link-used");
}

static void
test_person_link(Fixture *fixture, const void *data)
{
    int64_t expires_ms = 0;
    (void)data;

    fixture->link = gw_people_make_link(fixture->people, GW_SEAT_CONSOLE, "p-admin", &expires_ms);
    g_assert_nonnull(strstr(fixture->link, "/console#link="));
    wire_run(&fixture->wire, client_link);
}

static void
client_terminal(Wire *wire)
{
    Fixture *fixture = (Fixture *)wire;

    fixture->socket = open_seat(wire, "terminal", fixture->terminal_cookie);
    call(fixture->socket, "hello", "{\"language\": \"zh\"}", "\"session\":\"s-1\"");
    call(fixture->socket, "terminal.heartbeat", "{\"version\": \"1.2\", \"visible\": true, \"errors\": [\"oh\", 5]}",
         "now_ms");
    call(fixture->socket, "terminals.list", "{}", "forbidden");
}

static void
client_pair_anew(Wire *wire)
{
    client_link(wire);
    expect_close(((Fixture *)wire)->socket, SIG_CLOSE_SIGN_IN);
    ((Fixture *)wire)->socket = -1;
}

static void
test_terminal_is_paired_anew(Fixture *fixture, const void *data)
{
    int64_t expires_ms = 0;
    const GwTerminalRecord *terminal = gw_directory_get_terminal(fixture->people->directory, "t-1");
    (void)data;

    g_assert_false(terminal->public.online);
    wire_run(&fixture->wire, client_terminal);
    g_assert_true(terminal->public.online);
    g_assert_cmpstr(terminal->public.version, ==, "1.2");
    g_assert_cmpuint(terminal->errors.length, ==, 1);
    g_assert_cmpuint(fixture->n_terminal_changes, ==, 2); /* online, then its version */

    fixture->link = gw_people_make_link(fixture->people, GW_SEAT_TERMINAL, "t-1", &expires_ms);
    wire_run(&fixture->wire, client_pair_anew);
}

static void
test_terminal_goes_offline(Fixture *fixture, const void *data)
{
    GwTerminalRecord *terminal = gw_directory_get_terminal(fixture->people->directory, "t-1");
    (void)data;

    gw_people_terminal_alive(fixture->people, terminal, NULL);
    gw_people_check_terminals(fixture->people, terminal->public.last_seen_ms + GW_TERMINAL_SILENT_MS - 1);
    g_assert_true(terminal->public.online);
    gw_people_check_terminals(fixture->people, terminal->public.last_seen_ms + GW_TERMINAL_SILENT_MS);
    g_assert_false(terminal->public.online);
    g_assert_cmpuint(fixture->n_terminal_changes, ==, 2);
}

static void
client_seats(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;

    expect_close(open_seat(wire, "console", ""), SIG_CLOSE_SIGN_IN);
    expect_close(open_seat(wire, "console", "Cookie: yuanjian-console=nonsense\r\n"), SIG_CLOSE_SIGN_IN);
    expect_close(open_seat(wire, "console", fixture->terminal_cookie), SIG_CLOSE_SIGN_IN);
    expect_close(open_seat(wire, "kitchen", fixture->console_cookie), SIG_CLOSE_SIGN_IN);

    int console = open_seat(wire, "console", fixture->console_cookie);
    call(console, "hello", "{\"language\": \"en\"}", "\"roles\":[\"officer\"]");
    call(console, "people.list", "{}", "forbidden");
    call(console, "audit.list", "{}", "forbidden");
    call(console, "terminal.heartbeat", "{\"version\": \"1\", \"visible\": true}", "forbidden");

    int visit = open_seat(wire, "visit", fixture->visit_cookie);
    call(visit, "hello", "{\"language\": \"zh\"}", "\"visit\":{\"id\":\"v-1\"}");
    int again = open_seat(wire, "visit", fixture->visit_cookie);
    expect_close(visit, SIG_CLOSE_ELSEWHERE);
    call(again, "ping", "{}", "now_ms");

    g_autofree char *headers = g_strdup(fixture->console_cookie);
    expect(post(wire, "/api/v1/sign-out", headers, "{\"seat\": \"console\"}"), 200, "Max-Age=0");
    expect_close(console, SIG_CLOSE_SIGN_IN);
    expect_close(open_seat(wire, "console", fixture->console_cookie), SIG_CLOSE_SIGN_IN);
    close(again);
}

static void
test_seats(Fixture *fixture, const void *data)
{
    (void)data;

    wire_run(&fixture->wire, client_seats);
    while (strstr(fixture->opened->str, "-person:p-officer") == NULL)
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(g_str_has_prefix(fixture->opened->str,
                                   "+person:p-officer +visit:v-1/family +visit:v-1/family -visit:v-1/family"));
}

static void
client_administrator(Wire *wire)
{
    Fixture *fixture = (Fixture *)wire;
    int fd = open_seat(wire, "console", fixture->console_cookie);

    call(fd, "hello", "{\"language\": \"zh\"}", "\"roles\":[\"administrator\"]");
    call(fd, "units.list", "{}", "{\"units\":[{\"id\":\"u-prison\"");
    call(fd, "people.list", "{}", "\"name\":\"Officer\"");
    call(fd, "people.add",
         "{\"name\": \"new.one\", \"display\": \"新人\", \"role\": \"officer\", \"unit\": \"u-prison\"}", "#link=");
    call(fd, "people.add",
         "{\"name\": \"NEW.one\", \"display\": \"新人\", \"role\": \"officer\", \"unit\": \"u-prison\"}",
         "wrong-state");
    call(fd, "people.add",
         "{\"name\": \"with blank\", \"display\": \"x\", \"role\": \"officer\", \"unit\": \"u-prison\"}", "bad-params");
    call(fd, "people.add", "{\"name\": \"b\", \"display\": \"x\", \"role\": \"both\", \"unit\": \"u-prison\"}",
         "bad-params");
    call(fd, "people.add", "{\"name\": \"b\", \"display\": \"x\", \"role\": \"officer\", \"unit\": \"u-other\"}",
         "not-found");
    call(fd, "people.add", "{\"name\": \"b\", \"display\": \"x\", \"role\": \"officer\", \"unit\": \"u-top\"}",
         "not-found");
    call(fd, "people.link", "{\"person\": \"p-far\"}", "not-found");
    call(fd, "people.disable", "{\"person\": \"p-far\", \"disabled\": true}", "not-found");
    call(fd, "people.disable", "{\"person\": \"p-admin\", \"disabled\": true}", "wrong-state");
    call(fd, "people.disable", "{\"person\": \"p-officer\", \"disabled\": true}", "\"result\":{}");
    call(fd, "people.link", "{\"person\": \"p-officer\"}", "wrong-state");
    call(fd, "terminals.add", "{\"name\": \"2\", \"unit\": \"u-prison\"}", "/terminal#link=");
    call(fd, "terminals.add", "{\"name\": \"2\", \"unit\": \"u-prison\"}", "wrong-state");
    call(fd, "terminals.link", "{\"terminal\": \"t-1\"}", "/terminal#link=");
    call(fd, "audit.list", "{\"limit\": 2}", "\"action\":\"terminal.link\"");
    call(fd, "audit.list", "{\"limit\": 2}", "\"terminal:t-1\":{\"name\":\"");
    call(fd, "visits.observe", "{\"visit\": \"v-1\"}", "unknown-method"); /* not part of this server */
    close(fd);
}

static void
test_administrator(Fixture *fixture, const void *data)
{
    g_autofree char *officer = g_steal_pointer(&fixture->console_cookie);
    (void)data;

    fixture->console_cookie = make_cookie(fixture, GW_SEAT_CONSOLE, "p-admin");
    wire_run(&fixture->wire, client_administrator);
    g_assert_null(
        gw_tokens_use(fixture->people->tokens, GW_SEAT_CONSOLE, strstr(officer, "=") + 1, gw_people_now_ms()));
}

static void
client_password(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    int fd = open_seat(wire, "console", fixture->console_cookie);

    call(fd, "people.set_password", "{\"password\": \"too short\"}", "bad-params");
    call(fd, "people.set_password", "{\"password\": \"十个字的好密码是这样\"}", "\"result\":{}");
    call(fd, "ping", "{}", "now_ms"); /* this one stays */
    close(fd);
    expect(post(wire, "/api/v1/sign-in", "", "{\"name\": \"officer\", \"password\": \"a good password\"}"), 401, NULL);
    expect(post(wire, "/api/v1/sign-in", "", "{\"name\": \"officer\", \"password\": \"十个字的好密码是这样\"}"), 200,
           NULL);
}

static void
test_new_password_ends_other_sign_ins(Fixture *fixture, const void *data)
{
    g_autofree char *elsewhere =
        gw_tokens_issue(fixture->people->tokens, GW_SEAT_CONSOLE, "p-officer", 0, gw_people_now_ms());
    (void)data;

    wire_run(&fixture->wire, client_password);
    g_assert_null(gw_tokens_use(fixture->people->tokens, GW_SEAT_CONSOLE, elsewhere, gw_people_now_ms()));
}

/* The key that test_second_factor() shares with the client's side. */
static char *factor_key;

static void
client_enrol(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    int64_t step = gw_people_now_ms() / 1000 / GW_FACTOR_STEP_S;
    int fd = open_seat(wire, "console", fixture->console_cookie);

    wire_call(fd, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"second-factor.begin\", \"params\": {}}");
    g_autofree char *reply = wire_read_text(fd);
    const char *key = strstr(reply, "\"key\":\"");
    g_assert_nonnull(key);
    factor_key = g_strndup(key + 7, strcspn(key + 7, "\""));
    call(fd, "second-factor.confirm", "{\"factor\": \"x\"}", "forbidden");
    g_autofree char *code = gw_second_factor_code(factor_key, step);
    g_autofree char *params = g_strdup_printf("{\"factor\": \"%s\"}", code);
    call(fd, "second-factor.confirm", params, "\"codes\":[\"");
    close(fd);
}

static void
client_factor(Wire *wire)
{
    static const char path[] = "/api/v1/sign-in";
    int64_t step = gw_people_now_ms() / 1000 / GW_FACTOR_STEP_S;
    g_autofree char *used = gw_second_factor_code(factor_key, step - 1);
    g_autofree char *fresh = gw_second_factor_code(factor_key, step + 1);
    g_autofree char *replayed =
        g_strdup_printf("{\"name\": \"officer\", \"password\": \"a good password\", \"factor\": \"%s\"}", used);
    g_autofree char *right =
        g_strdup_printf("{\"name\": \"officer\", \"password\": \"a good password\", \"factor\": \"%s\"}", fresh);
    g_autofree char *without_password =
        g_strdup_printf("{\"name\": \"officer\", \"password\": \"another password\", \"factor\": \"%s\"}", fresh);
    g_autofree char *link = g_strdup_printf("{\"code\": \"%s\"}", ((Fixture *)wire)->link);

    expect(post(wire, path, "", "{\"name\": \"officer\", \"password\": \"a good password\"}"), 401, "factor-required");
    expect(post(wire, path, "", replayed), 401, "bad-factor");
    expect(post(wire, path, "", without_password), 401, "bad-credentials");
    expect(post(wire, path, "", right), 200, "yuanjian-console");
    expect(post(wire, path, "", right), 401, "bad-factor"); /* the same code again */
    expect(post(wire, "/api/v1/sign-in/link", "", link), 401, "factor-required");
    expect(post(wire, "/api/v1/sign-in/link", "", link), 401, "factor-required"); /* it was not used up */
}

static void
test_second_factor(Fixture *fixture, const void *data)
{
    g_autofree char *elsewhere =
        gw_tokens_issue(fixture->people->tokens, GW_SEAT_CONSOLE, "p-officer", 0, gw_people_now_ms());
    (void)data;

    wire_run(&fixture->wire, client_enrol);
    g_assert_null(gw_tokens_use(fixture->people->tokens, GW_SEAT_CONSOLE, elsewhere, gw_people_now_ms()));
    fixture->link = gw_links_issue(fixture->people->links, GW_SEAT_CONSOLE, "p-officer", gw_people_now_ms());
    wire_run(&fixture->wire, client_factor);
    g_clear_pointer(&factor_key, g_free);
}

static void
client_must_enrol(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    int fd = open_seat(wire, "console", fixture->console_cookie);

    call(fd, "hello", "{\"language\": \"zh\"}", "\"second_factor\":\"required\"");
    call(fd, "units.list", "{}", "forbidden");
    call(fd, "people.sessions", "{}", "forbidden");
    call(fd, "second-factor.begin", "{}", "otpauth://totp/");
    close(fd);
}

static void
test_a_role_can_require_it(Fixture *fixture, const void *data)
{
    (void)data;

    g_strfreev(fixture->config->second_factor);
    fixture->config->second_factor = g_strsplit("security officer", " ", -1);
    wire_run(&fixture->wire, client_must_enrol);
}

static void
client_sessions(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    int fd = open_seat(wire, "console", fixture->console_cookie);

    call(fd, "people.sessions", "{}", "\"device\":\"A browser \"");
    call(fd, "people.sessions", "{\"person\": \"p-far\"}", "not-found");
    call(fd, "people.end-session", "{\"session\": \"0000000000000000\"}", "not-found");
    call(fd, "people.end-session", "{\"session\": \"0\"}", "not-found");
    g_autofree char *params = g_strdup_printf("{\"session\": \"%.16s\"}", fixture->code);
    call(fd, "people.end-session", params, "\"result\":{}");
    call(fd, "people.end-session", params, "not-found");
    close(fd);
}

static void
test_sessions_can_be_ended(Fixture *fixture, const void *data)
{
    g_autofree char *elsewhere =
        gw_tokens_issue(fixture->people->tokens, GW_SEAT_CONSOLE, "p-officer", 0, gw_people_now_ms());
    (void)data;

    gw_tokens_set_origin(fixture->people->tokens, elsewhere, "192.0.2.7", "A browser\n");
    fixture->code = gw_secret_hash(elsewhere);
    wire_run(&fixture->wire, client_sessions);
    g_assert_null(gw_tokens_use(fixture->people->tokens, GW_SEAT_CONSOLE, elsewhere, gw_people_now_ms()));
}

static char *
post_code(Wire *wire, const char *headers)
{
    g_autofree char *body = g_strdup_printf("{\"code\": \"%s\"}", ((Fixture *)wire)->code);

    return post(wire, "/api/v1/visit-code", headers, body);
}

static void
client_code(Wire *wire)
{
    g_autofree char *reply = post_code(wire, "");
    const char *cookie = strstr(reply, "yuanjian-visit=");
    g_autofree char *header = NULL;

    g_assert_cmpint(wire_status(reply), ==, 200);
    header = g_strdup_printf("Cookie: %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
    int fd = open_seat(wire, "visit", header);
    call(fd, "ping", "{}", "now_ms");
    expect(post_code(wire, header), 200, "v-1"); /* the same device, its page loaded anew */
    call(fd, "ping", "{}", "now_ms");
    expect(post(wire, "/api/v1/visit-code", "", "{\"code\": \"ABCDE-23456\"}"), 401, "code-unknown");

    expect(post_code(wire, ""), 200, "v-1"); /* nobody holds it: taken over */
    expect_close(fd, SIG_CLOSE_SIGN_IN);
    expect_close(open_seat(wire, "visit", header), SIG_CLOSE_SIGN_IN);
}

static void
client_code_in_use(Wire *wire)
{
    expect(post_code(wire, ""), 409, "code-in-use");
}

static void
client_code_over(Wire *wire)
{
    expect(post_code(wire, ""), 401, "code-expired");
}

static void
client_code_revoked(Wire *wire)
{
    expect(post_code(wire, ""), 401, "code-unknown");
}

static void
test_visit_code(Fixture *fixture, const void *data)
{
    (void)data;

    fixture->code = gw_people_new_visit_code(fixture->people, "v-1", gw_people_now_ms() + 60000);
    wire_run(&fixture->wire, client_code);
    fixture->visit_held = true;
    wire_run(&fixture->wire, client_code_in_use);
    fixture->visit_open = false;
    wire_run(&fixture->wire, client_code_over);
    gw_people_revoke_visit(fixture->people, "v-1");
    wire_run(&fixture->wire, client_code_revoked);
}

static void
client_terminal_visit(Wire *wire)
{
    const Fixture *fixture = (Fixture *)wire;
    g_autofree char *bearer =
        g_strdup_printf("GET /api/v1/terminal/visit HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s"
                        "Connection: close\r\n\r\n",
                        strstr(fixture->terminal_cookie, "=") + 1);
    g_autofree char *officer = g_strdup_printf("GET /api/v1/terminal/visit HTTP/1.1\r\nHost: 127.0.0.1\r\n%s"
                                               "Connection: close\r\n\r\n",
                                               fixture->console_cookie);

    expect(wire_request(wire, bearer), 200, "\"session\":\"s-1\"");
    expect(wire_request(wire, officer), 403, NULL);
    expect(wire_request(wire, "GET /api/v1/terminal/visit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 401,
           NULL);
    expect(wire_request(wire, "GET /api/v1/openrpc.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200,
           "people.set_password");
}

static void
test_terminal_without_a_page(Fixture *fixture, const void *data)
{
    (void)data;

    wire_run(&fixture->wire, client_terminal_visit);
    g_assert_true(gw_people_get_terminal(fixture->people, "t-1")->online);
}

static void
test_covers(Fixture *fixture, const void *data)
{
    static const struct {
        const char *unit, *below;
        bool covers;
    } cases[] = {
        { "u-top", "u-prison", true },   { "u-top", "u-top", true },       { "u-prison", "u-prison", true },
        { "u-prison", "u-top", false },  { "u-prison", "u-other", false }, { "u-top", "u-none", false },
        { "u-none", "u-prison", false }, { NULL, "u-prison", false },      { "u-top", NULL, false },
    };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_true(gw_people_covers(fixture->people, cases[i].unit, cases[i].below) == cases[i].covers);
}

static void
check_method(const SigMethod *method, void *data)
{
    static const char *const keepers[] = { "people.list", "people.add", "people.link",         "people.disable",
                                           "posts.add",   "posts.end",  "second-factor.reset", NULL };
    static const char *const everybody[] = { "hello", "ping", NULL };
    static const char *const terminals[] = { "terminal.heartbeat", NULL };
    static const char *const console[] = { "units.list",      "units.history",      "units.pairs",
                                           "people.sessions", "people.end-session", NULL };
    static const char *const enrolling[] = { "people.set_password", "second-factor.begin", "second-factor.confirm",
                                             NULL };
    unsigned *n = data;
    uint32_t wanted = GW_ACCESS_ADMINISTRATOR;

    if (g_strv_contains(everybody, method->name))
        wanted = GW_ACCESS_ANY_SEAT | GW_ACCESS_ENROLLING;
    else if (g_strv_contains(enrolling, method->name))
        wanted = GW_ACCESS_CONSOLE | GW_ACCESS_ENROLLING;
    else if (g_strv_contains(terminals, method->name))
        wanted = GW_ACCESS_TERMINAL;
    else if (g_strv_contains(console, method->name))
        wanted = GW_ACCESS_CONSOLE;
    else if (g_strv_contains(keepers, method->name))
        wanted = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY;
    else if (g_str_equal(method->name, "audit.list"))
        wanted = GW_ACCESS_ADMINISTRATOR | GW_ACCESS_AUDITOR;
    if (method->access != wanted)
        g_error("%s may be called by 0x%x, not 0x%x", method->name, method->access, wanted);
    (*n)++;
}

static void
test_rights_of_every_method(Fixture *fixture, const void *data)
{
    unsigned n = 0;
    (void)data;

    sig_server_foreach_method(fixture->wire.server, check_method, &n);
    g_assert_cmpuint(n, ==, 30);
}

static void
test_media_tokens(Fixture *fixture, const void *data)
{
    const GwMediaToken grant = { .session = "*", .party = "a", .may_play = true, .who = "owner" };
    g_autofree char *token = gw_people_new_media_token(fixture->people, &grant, 60);
    g_autofree char *over = gw_people_new_media_token(fixture->people, &grant, 0);
    const GwMediaToken *found = gw_people_find_media_token(fixture->people, token);
    (void)data;

    g_assert_cmpstr(found->session, ==, "*");
    g_assert_cmpstr(found->party, ==, "a");
    g_assert_true(found->may_play && !found->may_publish);
    g_assert_null(gw_people_find_media_token(fixture->people, over));
    g_assert_null(gw_people_find_media_token(fixture->people, "nonsense"));
    gw_people_sweep_media_tokens(fixture->people, gw_people_now_ms() + 61000);
    g_assert_null(gw_people_find_media_token(fixture->people, token));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/gateway/people/" name, Fixture, NULL, setup, func, teardown)
    TEST("sign-in", test_sign_in);
    TEST("guessing-is-slowed-down", test_guessing_is_slowed_down);
    TEST("person-link", test_person_link);
    TEST("terminal-is-paired-anew", test_terminal_is_paired_anew);
    TEST("terminal-goes-offline", test_terminal_goes_offline);
    TEST("seats", test_seats);
    TEST("administrator", test_administrator);
    TEST("new-password-ends-other-sign-ins", test_new_password_ends_other_sign_ins);
    TEST("second-factor", test_second_factor);
    TEST("a-role-can-require-a-second-factor", test_a_role_can_require_it);
    TEST("sessions-can-be-ended", test_sessions_can_be_ended);
    TEST("visit-code", test_visit_code);
    TEST("terminal-without-a-page", test_terminal_without_a_page);
    TEST("covers", test_covers);
    TEST("rights-of-every-method", test_rights_of_every_method);
    TEST("media-tokens", test_media_tokens);
    return g_test_run();
}
