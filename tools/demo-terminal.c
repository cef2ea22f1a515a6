/* The demonstration terminal: answers the visits of one room by itself, with a moving picture and a voice, so that one
 * person with one camera can try a visit. It is a terminal without a page: it pairs with a one-time link, asks every
 * two seconds what to answer (GET /api/v1/terminal/visit), publishes by WHIP and plays by WHEP. It ends when another device
 * takes its place. */
#include <curl/curl.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "tools/webrtc-client.h"

enum { POLL_SECONDS = 2, MAX_DEAF_POLLS = 4 };

typedef struct {
    char *url, *code, *voice_path;
    char **token_command;             /* its output is a media token for the session named by its last argument */
    char *cookie;                     /* owned */
    char *session;                    /* what is being answered; owned, or NULL */
    WebrtcClient *publisher, *player; /* the player only while the visit is live */
    bool live;
    bool perceives;       /* said already: the family is seen and heard */
    unsigned heard, deaf; /* audio buffers at the last poll; polls without a new one */
    GMainLoop *loop;
} Demo;

/* Flushed: somebody may be waiting for the line. */
static void
say(const char *what)
{
    printf("demo-terminal: %s\n", what);
    fflush(stdout);
}

static size_t
on_body(char *data, size_t size, size_t n, void *user_data)
{
    g_string_append_len(user_data, data, (gssize)(size * n));
    return size * n;
}

static size_t
on_header(char *data, size_t size, size_t n, void *user_data)
{
    Demo *self = user_data;
    g_autofree char *line = g_strndup(data, size * n);

    if (g_ascii_strncasecmp(line, "set-cookie:", 11) == 0) {
        char *value = g_strstrip(line + 11);
        g_free(self->cookie);
        self->cookie = g_strndup(value, strcspn(value, ";"));
    }
    return size * n;
}

/* NULL unless 200; ret_status (may be NULL) is 0 without an answer. Owned. */
static JsonNode *
request(Demo *self, const char *path, const char *body, long *ret_status)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    g_autofree char *url = g_strconcat(self->url, path, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    long status = 0;

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (self->cookie != NULL)
        curl_easy_setopt(curl, CURLOPT_COOKIE, self->cookie);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, self);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (ret_status != NULL)
        *ret_status = status;
    return status == 200 ? json_from_string(text->str, NULL) : NULL;
}

/* The session that the terminal should answer now; NULL: none. Owned. */
static char *
ask_what_to_answer(Demo *self)
{
    long status = 0;
    g_autoptr(JsonNode) node = request(self, "/api/v1/terminal/visit", NULL, &status);

    if (status == 401) {
        say("another device was paired with this terminal; it answers from now on");
        g_main_loop_quit(self->loop);
    }
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    JsonObject *object = json_node_get_object(node);
    JsonNode *visit = json_object_get_member(object, "visit");
    if (visit == NULL || !JSON_NODE_HOLDS_OBJECT(visit))
        return NULL;
    object = json_node_get_object(visit);
    self->live = g_str_equal(json_object_get_string_member_with_default(object, "state", ""), "live");
    return g_strdup(json_object_get_string_member_with_default(object, "session", NULL));
}

static void
hang_up(Demo *self)
{
    g_clear_pointer(&self->publisher, webrtc_client_free);
    g_clear_pointer(&self->player, webrtc_client_free);
    g_clear_pointer(&self->session, g_free);
    self->perceives = false;
}

static char *
get_token(Demo *self, const char *session)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    char *output = NULL;
    int status = 0;

    for (unsigned i = 0; self->token_command[i] != NULL; i++)
        g_ptr_array_add(argv, self->token_command[i]);
    g_ptr_array_add(argv, (char *)session);
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status, NULL))
        return NULL;
    if (status != 0)
        g_clear_pointer(&output, g_free);
    return output != NULL ? g_strstrip(output) : NULL;
}

static WebrtcClient *
make_client(Demo *self, bool play)
{
    g_autofree char *token = get_token(self, self->session);
    g_autofree char *url =
        g_strdup_printf(play ? "%s/whep/%s/family" : "%s/whip/%s/terminal", self->url, self->session);

    if (token == NULL)
        return NULL;
    return webrtc_client_new(&(WebrtcClientConfig){
        .url = url, .token = token, .play = play, .voice_path = play ? NULL : self->voice_path, .label = "DEMO" });
}

static bool
has_failed(WebrtcClient *client)
{
    WebrtcClientStats stats;

    webrtc_client_get_stats(client, &stats);
    return stats.failed;
}

static void
look_after_publisher(Demo *self)
{
    if (self->publisher != NULL && has_failed(self->publisher))
        g_clear_pointer(&self->publisher, webrtc_client_free);
    if (self->publisher == NULL)
        self->publisher = make_client(self, false);
}

/* libnice checks once and then no more: to the gateway a player that gets nothing for long, in the waiting room or a
 * pause, is gone. So it comes when there is something to play, and again when nothing arrives. */
static void
look_after_player(Demo *self)
{
    WebrtcClientStats stats = { 0 };

    if (self->player != NULL) {
        webrtc_client_get_stats(self->player, &stats);
        self->deaf = stats.audio_buffers == self->heard ? self->deaf + 1 : 0;
        self->heard = stats.audio_buffers;
    }
    if (!self->perceives && stats.video_frames > 0 && stats.audio_buffers > 0) {
        self->perceives = true;
        say("the family is seen and heard");
    }
    if (self->player != NULL && (stats.failed || !self->live || self->deaf > MAX_DEAF_POLLS))
        g_clear_pointer(&self->player, webrtc_client_free);
    if (self->player == NULL && self->live) {
        self->heard = self->deaf = 0;
        self->player = make_client(self, true);
    }
}

static gboolean
on_poll(void *data)
{
    Demo *self = data;
    g_autofree char *session = ask_what_to_answer(self);

    if (g_strcmp0(session, self->session) != 0) {
        hang_up(self);
        self->session = g_steal_pointer(&session);
    }
    if (self->session == NULL)
        return G_SOURCE_CONTINUE;
    look_after_publisher(self);
    look_after_player(self);
    return G_SOURCE_CONTINUE;
}

static bool
pair(Demo *self)
{
    g_autofree char *body = g_strdup_printf("{\"code\": \"%s\"}", self->code);
    g_autoptr(JsonNode) node = request(self, "/api/v1/sign-in/link", body, NULL);

    return node != NULL && self->cookie != NULL;
}

int
main(int argc, char **argv)
{
    Demo demo = { 0 };
    g_autoptr(GError) error = NULL;
    GOptionEntry entries[] = {
        { "url", 0, 0, G_OPTION_ARG_STRING, &demo.url, "the gateway's address", "URL" },
        { "code", 0, 0, G_OPTION_ARG_STRING, &demo.code, "the code of a one-time link of a terminal", "CODE" },
        { "voice", 0, 0, G_OPTION_ARG_FILENAME, &demo.voice_path, "raw 48 kHz mono s16le sound to loop", "FILE" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &demo.token_command,
          "command that prints a media token for the session given as its last argument", "COMMAND ..." },
        { 0 },
    };
    g_autoptr(GOptionContext) options = g_option_context_new("- the demonstration terminal");

    g_option_context_add_main_entries(options, entries, NULL);
    g_option_context_add_group(options, gst_init_get_option_group());
    if (!g_option_context_parse(options, &argc, &argv, &error) || demo.url == NULL || demo.code == NULL ||
        demo.token_command == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error->message : "give --url, --code and a token command");
        return 64;
    }
    if (!pair(&demo)) {
        fprintf(stderr, "demo-terminal: the link was not accepted\n");
        return 69;
    }
    say("paired");
    demo.loop = g_main_loop_new(NULL, FALSE);
    g_timeout_add_seconds(POLL_SECONDS, on_poll, &demo);
    g_main_loop_run(demo.loop);
    g_main_loop_unref(demo.loop);
    hang_up(&demo);
    return 0;
}
