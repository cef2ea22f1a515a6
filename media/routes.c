#include "media/routes.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

enum {
    NEWS_BYTES = 16 * 1024,
    NEWS_MAX = 64, /* per drain: more are for the next pass */
};

/* Links too: a line that goes down takes its IPv4 routes with it without a word of them. */
static const uint32_t groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE |
                               RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE | 1U << (RTNLGRP_IPV6_RULE - 1);

struct MediaRoutes {
    int family;
    int news;  /* netlink */
    int probe; /* UDP; it is connected to ask, and nothing is ever sent or read by it */
    uint32_t generation;
};

static int
open_news(void)
{
    const struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = groups };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* With a port of its own: to find one for every question takes longer than the question. */
static int
open_probe(int family)
{
    static const MediaAddress any;
    struct sockaddr_storage name;
    socklen_t size = media_address_to_sockaddr(&any, family, &name);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int both = 0;

    if (fd >= 0 && family == AF_INET6)
        (void)!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both));
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, size) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

MediaRoutes *
media_routes_new(int family)
{
    MediaRoutes *self = g_new0(MediaRoutes, 1);

    self->family = family;
    self->generation = 1;
    self->news = open_news();
    self->probe = open_probe(family);
    if (self->news >= 0 && self->probe >= 0)
        return self;
    media_routes_free(self);
    return NULL;
}

void
media_routes_free(MediaRoutes *self)
{
    if (self == NULL)
        return;
    if (self->news >= 0)
        close(self->news);
    if (self->probe >= 0)
        close(self->probe);
    g_free(self);
}

int
media_routes_get_fd(const MediaRoutes *self)
{
    return self->news;
}

void
media_routes_drain(MediaRoutes *self)
{
    uint8_t news[NEWS_BYTES];

    /* what they say does not matter; ENOBUFS says that there were too many */
    for (unsigned i = 0; i < NEWS_MAX; i++)
        if (recv(self->news, news, sizeof(news), MSG_DONTWAIT) < 0 && errno != ENOBUFS)
            break;
    self->generation = MAX(self->generation + 1, 1);
}

uint32_t
media_routes_get_generation(const MediaRoutes *self)
{
    return self->generation;
}

bool
media_routes_choose(MediaRoutes *self, const MediaAddress *remote, const MediaAddress *local)
{
    const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    struct sockaddr_storage to, name;
    socklen_t size = media_address_to_sockaddr(remote, self->family, &to), name_size = sizeof(name);
    MediaAddress chosen;

    /* a second connect alone would keep the first one's source */
    if (connect(self->probe, &nobody, sizeof(nobody)) < 0 || connect(self->probe, (struct sockaddr *)&to, size) < 0)
        return false;
    if (getsockname(self->probe, (struct sockaddr *)&name, &name_size) < 0)
        return false;
    return media_address_from_sockaddr(&name, &chosen) && memcmp(chosen.ip, local->ip, sizeof(chosen.ip)) == 0;
}
