/* Which source the kernel chooses by itself, and that it is asked again after a change. In a network of the test's own. */
#include "media/routes.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

typedef struct {
    int home; /* the network we came from; -1: we may not make one */
} Network;

static void
raise_line(void)
{
    struct ifreq line = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &line), ==, 0);
    close(fd);
}

static void
add_address(const char *name, const char *ip)
{
    struct ifreq line = { 0 };
    struct sockaddr_storage to;
    MediaAddress address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(line.ifr_name, name, sizeof line.ifr_name);
    g_assert_true(media_address_parse(ip, 0, &address));
    media_address_to_sockaddr(&address, AF_INET, &to);
    memcpy(&line.ifr_addr, &to, sizeof line.ifr_addr);
    g_assert_cmpint(ioctl(fd, SIOCSIFADDR, &line), ==, 0);
    close(fd);
}

static void
set_up(Network *self, gconstpointer data G_GNUC_UNUSED)
{
    self->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(self->home, >=, 0);
    if (unshare(CLONE_NEWNET) == 0) {
        raise_line();
        return;
    }
    close(self->home);
    self->home = -1;
}

static void
tear_down(Network *self, gconstpointer data G_GNUC_UNUSED)
{
    if (self->home < 0)
        return;
    g_assert_cmpint(setns(self->home, CLONE_NEWNET), ==, 0);
    close(self->home);
}

static bool
chooses(MediaRoutes *routes, const char *remote_ip, const char *local_ip)
{
    MediaAddress remote, local;

    g_assert_true(media_address_parse(remote_ip, 4000, &remote));
    g_assert_true(media_address_parse(local_ip, 0, &local));
    return media_routes_choose(routes, &remote, &local);
}

static void
wait_for_news(MediaRoutes *routes)
{
    struct pollfd news = { .fd = media_routes_get_fd(routes), .events = POLLIN };

    g_assert_cmpint(poll(&news, 1, 5000), ==, 1);
}

static void
the_right_source_needs_no_name(Network *self, gconstpointer family)
{
    if (self->home < 0) {
        g_test_skip("no right to make a network");
        return;
    }
    MediaRoutes *routes = media_routes_new(GPOINTER_TO_INT(family));
    g_assert_nonnull(routes);
    g_assert_true(chooses(routes, "127.0.0.1", "127.0.0.1"));
    g_assert_false(chooses(routes, "127.0.0.1", "127.0.0.2"));
    g_assert_false(chooses(routes, "192.0.2.1", "127.0.0.1")); /* no way there */
    g_assert_true(chooses(routes, "127.0.0.3", "127.0.0.1") || chooses(routes, "127.0.0.3", "127.0.0.3"));
    g_assert_true(chooses(routes, "127.0.0.1", "127.0.0.1")); /* nothing of what was asked before sticks */
    if (GPOINTER_TO_INT(family) == AF_INET6)
        g_assert_true(chooses(routes, "::1", "::1"));
    media_routes_free(routes);
}

static void
a_change_is_heard_of(Network *self, gconstpointer data G_GNUC_UNUSED)
{
    if (self->home < 0) {
        g_test_skip("no right to make a network");
        return;
    }
    MediaRoutes *routes = media_routes_new(AF_INET6);
    uint32_t before = media_routes_get_generation(routes);

    g_assert_cmpuint(before, !=, 0);
    g_assert_false(chooses(routes, "192.0.2.1", "192.0.2.1"));
    add_address("lo:1", "192.0.2.1");
    wait_for_news(routes);
    media_routes_drain(routes);
    g_assert_cmpuint(media_routes_get_generation(routes), !=, before);
    g_assert_cmpuint(media_routes_get_generation(routes), !=, 0);
    g_assert_true(chooses(routes, "192.0.2.1", "192.0.2.1"));

    struct pollfd news = { .fd = media_routes_get_fd(routes), .events = POLLIN };
    g_assert_cmpint(poll(&news, 1, 0), ==, 0);
    media_routes_free(routes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/media/routes/the-right-source-needs-no-name/ipv4", Network, GINT_TO_POINTER(AF_INET), set_up,
               the_right_source_needs_no_name, tear_down);
    g_test_add("/media/routes/the-right-source-needs-no-name/ipv6", Network, GINT_TO_POINTER(AF_INET6), set_up,
               the_right_source_needs_no_name, tear_down);
    g_test_add("/media/routes/a-change-is-heard-of", Network, NULL, set_up, a_change_is_heard_of, tear_down);
    return g_test_run();
}
