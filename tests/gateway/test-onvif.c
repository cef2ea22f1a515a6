#include <locale.h>
#include <string.h>

#include "gateway/cameras/onvif-call.h"
#include "gateway/cameras/onvif-discover.h"

#define HEAD "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
#define TAIL "</s:Body></s:Envelope>"

static bool
read_text(const char *text, GwOnvifReply *ret_reply)
{
    memset(ret_reply, 0xff, sizeof *ret_reply);
    return gw_onvif_reply_read(text, strlen(text), ret_reply);
}

static void
test_profiles(void)
{
    GwOnvifReply reply;

    g_assert_true(read_text(
        "\xef\xbb\xbf" HEAD "<t:GetProfilesResponse><t:Profiles token=\"main\"><n:Name>Main &amp; more</n:Name>"
        "<n:VideoEncoderConfiguration><n:Name>no</n:Name><n:Encoding>H264</n:Encoding><n:Resolution><n:Width>1920</"
        "n:Width>"
        "<n:Height>1080</n:Height></n:Resolution></n:VideoEncoderConfiguration><n:PTZConfiguration token=\"p\"/>"
        "</t:Profiles><t:Profiles token=\"sub\"><n:Name>Sub</n:Name></t:Profiles></t:GetProfilesResponse>" TAIL,
        &reply));
    g_assert_cmpuint(reply.n_profiles, ==, 2);
    g_assert_cmpstr(reply.profiles[0].token, ==, "main");
    g_assert_cmpstr(reply.profiles[0].name, ==, "Main & more");
    g_assert_cmpstr(reply.profiles[0].codec, ==, "H264");
    g_assert_cmpuint(reply.profiles[0].width, ==, 1920);
    g_assert_cmpuint(reply.profiles[0].height, ==, 1080);
    g_assert_true(reply.profiles[0].moves);
    g_assert_cmpstr(reply.profiles[1].name, ==, "Sub");
    g_assert_false(reply.profiles[1].moves);
}

static void
test_fault(void)
{
    GwOnvifReply reply;

    g_assert_true(
        read_text(HEAD "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value>"
                       "</s:Subcode></s:Code><s:Reason><s:Text>Who are you?</s:Text></s:Reason></s:Fault>" TAIL,
                  &reply));
    g_assert_true(reply.refused);
    g_assert_cmpstr(reply.fault, ==, "Who are you?");
}

/* The largest that is kept; one more is left out, what is longer is cut between characters. */
static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new(HEAD "<Presets>");
    GwOnvifReply reply;

    for (unsigned i = 0; i < GW_ONVIF_MAX_PRESETS + 1; i++)
        g_string_append_printf(text, "<Preset token=\"%u\"><Name>%s</Name></Preset>", i,
                               i == 0 ? "门门门门门门门门门门门门门门门门门门门门门门门门" : "x");
    for (unsigned i = 0; i < GW_ONVIF_MAX_PROFILES + 1; i++)
        g_string_append_printf(text, "<Profiles token=\"%u\"/>", i);
    g_string_append(text, "</Presets>" TAIL);
    g_assert_true(read_text(text->str, &reply));
    g_assert_cmpuint(reply.n_presets, ==, GW_ONVIF_MAX_PRESETS);
    g_assert_cmpuint(reply.n_profiles, ==, GW_ONVIF_MAX_PROFILES);
    g_assert_true(g_utf8_validate(reply.presets[0].name, -1, NULL));
    g_assert_cmpuint(strlen(reply.presets[0].name), ==, 63);

    g_autoptr(GString) deep = g_string_new("<Envelope>");
    for (unsigned i = 0; i < 40; i++)
        g_string_append(deep, "<a>");
    for (unsigned i = 0; i < 40; i++)
        g_string_append(deep, "</a>");
    g_string_append(deep, "</Envelope>");
    g_assert_false(read_text(deep->str, &reply));
    g_autofree char *large = g_strnfill(GW_ONVIF_MAX_XML + 1, ' ');
    g_assert_false(read_text(large, &reply));
}

static void
test_rubbish(void)
{
    static const char *const texts[] = {
        "",
        "x",
        "<Envelope>",
        "<a/>",
        HEAD,
       
        "<Envelope>\xff</Envelope>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><Envelope><Uri>&a;</Uri></Envelope>",
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Envelope>&x;</Envelope>",
    };
    GwOnvifReply reply;

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_false(read_text(texts[i], &reply));
}

static void
test_addresses(void)
{
    g_assert_true(gw_onvif_is_address("http://192.0.2.7/onvif/device_service"));
    g_assert_true(gw_onvif_is_address("http://[2001:db8::1]:8000/"));
    g_assert_false(gw_onvif_is_address("https://192.0.2.7/"));
    g_assert_false(gw_onvif_is_address("file:///etc/passwd"));
    g_assert_false(gw_onvif_is_address("http://user@192.0.2.7/"));
    g_assert_false(gw_onvif_is_address("http:///x"));
    g_assert_true(gw_onvif_is_same_host("http://Cam/a", "http://cam:81/b"));
    g_assert_false(gw_onvif_is_same_host("http://cam/a", "http://cam.example/b"));
    g_assert_false(gw_onvif_is_same_host("", "http://cam/"));
    g_autofree char *name = gw_onvif_get_scope("x onvif://www.onvif.org/name/Yard%20one", "name");
    g_assert_cmpstr(name, ==, "Yard one");
    g_assert_null(gw_onvif_get_scope("onvif://www.onvif.org/name/%ff", "name"));
}

/* Web Services Security UsernameToken Profile: the digest of nonce, time and password, nothing of the password itself. */
static void
test_request(void)
{
    static const uint8_t nonce[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    const GwOnvifLogin login = { .user = "a<b", .password = "s3cret", .ahead_s = 3600 };
    g_autofree char *text = gw_onvif_make_request(&login, "<Get/>", nonce, 1700000000);
    g_autofree char *nobody = gw_onvif_make_request(NULL, "<Get/>", nonce, 1700000000);
    static const char rest[] = "2023-11-14T23:13:20Zs3cret";
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    uint8_t digest[20];
    gsize size = sizeof digest;

    g_checksum_update(sum, nonce, sizeof nonce);
    g_checksum_update(sum, (const guchar *)rest, -1);
    g_checksum_get_digest(sum, digest, &size);
    g_autofree char *expected = g_base64_encode(digest, size);
    g_assert_nonnull(strstr(text, expected));
    g_assert_nonnull(strstr(text, "<Username>a&lt;b</Username>"));
    g_assert_nonnull(strstr(text, "<s:Body><Get/></s:Body>"));
    g_assert_null(strstr(text, "s3cret"));
    g_assert_null(strstr(nobody, "Security"));
}

/* Discovery: who answers from the address that he names, once. */

typedef struct {
    GMainLoop *loop;
    GPtrArray *addresses;
} Heard;

static void
on_discovered(const GPtrArray *devices, void *user_data)
{
    Heard *heard = user_data;

    for (guint i = 0; i < devices->len; i++) {
        const GwOnvifHeard *device = devices->pdata[i];
        g_ptr_array_add(heard->addresses, g_strdup_printf("%s %s", device->address, device->name));
    }
    g_main_loop_quit(heard->loop);
}

#define MATCH(address)                                                                                                 \
    HEAD "<ProbeMatches><ProbeMatch><Scopes>onvif://www.onvif.org/name/Yard</Scopes><XAddrs>" address                  \
         "</XAddrs></ProbeMatch></ProbeMatches>" TAIL

static gboolean
on_probe(GSocket *socket, GIOCondition condition G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
    static const char *const answers[] = {
        "rubbish",
        MATCH("http://192.0.2.99/elsewhere"),
        MATCH("http://192.0.2.98/x http://127.0.0.1/onvif"),
        MATCH("http://127.0.0.1/onvif"),
        "",
    };
    g_autoptr(GSocketAddress) from = NULL;
    char probe[4096];
    gssize n = g_socket_receive_from(socket, &from, probe, sizeof probe - 1, NULL, NULL);

    probe[MAX(n, 0)] = '\0';
    g_assert_nonnull(strstr(probe, "NetworkVideoTransmitter"));
    for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++)
        g_socket_send_to(socket, from, answers[i], strlen(answers[i]), NULL, NULL);
    return G_SOURCE_REMOVE;
}

static void
test_discovery(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
    Heard heard = { loop, addresses };

    g_assert_no_error(error);
    g_assert_true(g_socket_bind(socket, any, FALSE, &error));
    g_autoptr(GSocketAddress) to = g_socket_get_local_address(socket, &error);
    g_autoptr(GSource) source = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(source, G_SOURCE_FUNC(on_probe), NULL, NULL);
    g_source_attach(source, NULL);
    GwOnvifDiscovery *discovery = gw_onvif_discover(to, 300, on_discovered, &heard, &error);
    g_assert_no_error(error);
    g_assert_nonnull(discovery);
    g_main_loop_run(loop);
    g_assert_cmpuint(addresses->len, ==, 1);
    g_assert_cmpstr(addresses->pdata[0], ==, "http://127.0.0.1/onvif Yard");
    /* given up before it ends */
    gw_onvif_discovery_free(gw_onvif_discover(to, 300, on_discovered, &heard, &error));
    g_source_destroy(source);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/onvif/profiles-are-read", test_profiles);
    g_test_add_func("/gateway/onvif/a-fault-says-why", test_fault);
    g_test_add_func("/gateway/onvif/what-is-too-much-is-left-out", test_limits);
    g_test_add_func("/gateway/onvif/rubbish-and-entities-are-refused", test_rubbish);
    g_test_add_func("/gateway/onvif/only-plain-http-to-the-same-host", test_addresses);
    g_test_add_func("/gateway/onvif/a-password-goes-as-a-digest", test_request);
    g_test_add_func("/gateway/onvif/who-answers-a-probe-is-listed-once", test_discovery);
    return g_test_run();
}
