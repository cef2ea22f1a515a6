/* A worker's sockets: what comes to which. */
#include "media/udp.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct {
    MediaUdp *first, *reports;
    int sender;
    unsigned n_received;
    uint8_t last[4];
    size_t last_size;
} Pair;

static void
pair_init(Pair *self)
{
    MediaAddress address;
    g_autoptr(GError) error = NULL;
    struct sockaddr_storage name;
    socklen_t size;

    memset(self, 0, sizeof *self);
    g_assert_true(media_address_parse("127.0.0.1", 0, &address));
    self->first = media_udp_new(&address, &error);
    g_assert_no_error(error);
    self->reports = media_udp_new_for_reports(self->first);
    g_assert_nonnull(self->reports);
    g_assert_cmpuint(media_udp_get_port(self->reports), ==, media_udp_get_port(self->first));
    self->sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(self->sender, >=, 0);
    address.port = media_udp_get_port(self->first);
    size = media_address_to_sockaddr(&address, AF_INET, &name);
    g_assert_cmpint(connect(self->sender, (struct sockaddr *)&name, size), ==, 0);
}

static void
pair_clear(Pair *self)
{
    close(self->sender);
    media_udp_free(self->reports);
    media_udp_free(self->first);
}

static void
on_datagram(void *data, const MediaPath *path, uint8_t *bytes, size_t size)
{
    Pair *self = data;

    g_assert_true(media_address_is_ipv4(&path->remote));
    self->n_received++;
    self->last_size = size;
    memcpy(self->last, bytes, MIN(size, sizeof self->last));
}

static void
wait_for_one(const Pair *self)
{
    struct pollfd sockets[] = {
        { .fd = media_udp_get_fd(self->first), .events = POLLIN },
        { .fd = media_udp_get_fd(self->reports), .events = POLLIN },
    };

    g_assert_cmpint(poll(sockets, G_N_ELEMENTS(sockets), 5000), ==, 1);
}

static void
check_arrives(Pair *self, MediaUdp *at, MediaUdp *not_at, const uint8_t *bytes, size_t size)
{
    self->n_received = 0;
    g_assert_cmpint(send(self->sender, bytes, size, 0), ==, (gssize)size);
    wait_for_one(self);
    g_assert_false(media_udp_drain(not_at, on_datagram, self));
    g_assert_true(media_udp_drain(at, on_datagram, self));
    g_assert_cmpuint(self->n_received, ==, 1);
    g_assert_cmpmem(self->last, self->last_size, bytes, size);
}

static void
all_comes_as_before(Pair *self)
{
    for (unsigned i = 0; i < 20; i++) {
        check_arrives(self, self->first, self->reports, (const uint8_t[]){ 128, 96, (uint8_t)i }, 3);
        check_arrives(self, self->reports, self->first, (const uint8_t[]){ 128, 200, (uint8_t)i }, 3);
    }
}

static void
reports_come_to_their_own_socket(void)
{
    static const uint8_t reports[][2] = { { 128, 192 }, { 129, 200 }, { 143, 205 }, { 191, 223 }, { 160, 206 } };
    Pair pair;

    pair_init(&pair);
    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++)
        check_arrives(&pair, pair.reports, pair.first, reports[i], sizeof reports[i]);
    pair_clear(&pair);
}

static void
all_else_comes_to_the_first(void)
{
    static const uint8_t others[][2] = {
        { 128, 96 }, { 128, 191 }, { 144, 224 }, { 191, 255 }, { 0, 200 },
        { 3, 200 },  { 22, 254 },  { 63, 200 },  { 127, 200 }, { 192, 200 },
    };
    Pair pair;

    pair_init(&pair);
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++)
        check_arrives(&pair, pair.first, pair.reports, others[i], sizeof others[i]);
    /* too short to say what it is */
    check_arrives(&pair, pair.first, pair.reports, (const uint8_t *)"\x80", 1);
    pair_clear(&pair);
}

static void
what_only_sends_gets_nothing(void)
{
    MediaAddress to;
    Pair pair;

    pair_init(&pair);
    MediaUdp *sending = media_udp_new_for_sending(pair.first);
    g_assert_nonnull(sending);
    all_comes_as_before(&pair);

    struct pollfd nothing = { .fd = media_udp_get_fd(sending), .events = POLLIN };
    g_assert_cmpint(poll(&nothing, 1, 0), ==, 0);
    /* its datagrams come from the number of the first: from no other does the connected sender take any */
    uint8_t bytes[4];
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    g_assert_cmpint(getsockname(pair.sender, (struct sockaddr *)&name, &size), ==, 0);
    g_assert_true(media_address_from_sockaddr(&name, &to));
    g_assert_cmpint(media_udp_send(sending, NULL, &to, (const uint8_t *)"out", 3, 0), ==, MEDIA_SEND_OK);
    g_assert_cmpint(recv(pair.sender, bytes, sizeof bytes, 0), ==, 3);
    media_udp_free(sending);
    all_comes_as_before(&pair);
    pair_clear(&pair);
}

static void
a_number_in_use_is_refused(void)
{
    MediaAddress address;
    Pair pair;

    pair_init(&pair);
    g_assert_true(media_address_parse("127.0.0.1", media_udp_get_port(pair.first), &address));
    g_autoptr(GError) error = NULL;
    g_assert_null(media_udp_new(&address, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "Address already in use"));
    pair_clear(&pair);
}

/* A network of this thread's own, whose only line takes datagrams of 1280 bytes; -1 where we may not make one. */
static int
enter_narrow_network(void)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    struct ifreq line = { .ifr_name = "lo" };

    g_assert_cmpint(home, >=, 0);
    if (unshare(CLONE_NEWNET) != 0) {
        close(home);
        return -1;
    }
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    line.ifr_mtu = 1280;
    g_assert_cmpint(ioctl(fd, SIOCSIFMTU, &line), ==, 0);
    line.ifr_flags = IFF_UP;
    g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &line), ==, 0);
    close(fd);
    return home;
}

static void
check_large_arrives(const char *bind_to)
{
    static const uint8_t large[1400] = { 128, 96, 7 };
    MediaAddress any;
    Pair pair;

    pair_init(&pair);
    g_assert_true(media_address_parse(bind_to, 0, &any));
    g_autoptr(GError) error = NULL;
    MediaUdp *from = media_udp_new(&any, &error);
    g_assert_no_error(error);

    MediaPath path = { 0 };
    g_assert_true(media_address_parse("127.0.0.1", media_udp_get_port(pair.first), &path.remote));
    g_assert_true(media_address_parse("127.0.0.1", media_udp_get_port(from), &path.local));
    for (unsigned i = 0; i < 2; i++) {
        pair.n_received = 0;
        g_assert_cmpint(media_udp_send(from, &path.local, &path.remote, large, sizeof large, 0), ==, MEDIA_SEND_OK);
        wait_for_one(&pair);
        g_assert_true(media_udp_drain(pair.first, on_datagram, &pair));
        g_assert_cmpuint(pair.n_received, ==, 1);
        g_assert_cmpuint(pair.last_size, ==, sizeof large);
    }
    media_udp_free(from);
    pair_clear(&pair);
}

static void
what_is_too_large_for_its_way_goes_in_fragments(void)
{
    int home = enter_narrow_network();

    if (home < 0) {
        g_test_skip("no right to make a network");
        return;
    }
    check_large_arrives("0.0.0.0");
    check_large_arrives("::");
    g_assert_cmpint(setns(home, CLONE_NEWNET), ==, 0);
    close(home);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/udp/reports-come-to-their-own-socket", reports_come_to_their_own_socket);
    g_test_add_func("/media/udp/all-else-comes-to-the-first", all_else_comes_to_the_first);
    g_test_add_func("/media/udp/what-only-sends-gets-nothing", what_only_sends_gets_nothing);
    g_test_add_func("/media/udp/a-number-in-use-is-refused", a_number_in_use_is_refused);
    g_test_add_func("/media/udp/what-is-too-large-for-its-way-goes-in-fragments",
                    what_is_too_large_for_its_way_goes_in_fragments);
    return g_test_run();
}
