#include "media/udp.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "media/error.h"
#include "media/transport.h"

enum {
    BATCH = 8,                             /* messages per recvmmsg */
    ROUNDS = 8,                            /* recvmmsg calls per drain, so that timers keep their time */
    RECEIVE_BYTES = 65536,                 /* what UDP_GRO can merge into one message */
    SOCKET_BUFFER_BYTES = 8 * 1024 * 1024, /* 60 ms at 1 Gbit/s */
    CONTROL_BYTES = 128,
};

typedef struct {
    struct sockaddr_storage from;
    _Alignas(struct cmsghdr) char control[CONTROL_BYTES];
    struct iovec iov;
} Slot;

struct MediaUdp {
    int fd;
    int family; /* AF_INET, AF_INET6 */
    bool any;   /* bound to no address in particular: the source of answers has to be given */
    MediaAddress address;
    uint8_t *buffer; /* BATCH * RECEIVE_BYTES, owned; NULL: it only sends */
    struct mmsghdr messages[BATCH];
    Slot slots[BATCH];
};

static void
set_option(int fd, int level, int option, int value)
{
    (void)!setsockopt(fd, level, option, &value, sizeof(value));
}

static void
set_options(MediaUdp *self)
{
    /* FORCE goes beyond rmem_max and wants CAP_NET_ADMIN */
    int size = SOCKET_BUFFER_BYTES;

    if (setsockopt(self->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        set_option(self->fd, SOL_SOCKET, SO_RCVBUF, size);
    if (setsockopt(self->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
        set_option(self->fd, SOL_SOCKET, SO_SNDBUF, size);
    set_option(self->fd, SOL_UDP, UDP_GRO, 1);
    /* datagrams that may not be cut need no number of their own, and the kernel's choice of one is dear */
    set_option(self->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    if (self->any && self->family == AF_INET)
        set_option(self->fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (self->any && self->family == AF_INET6)
        set_option(self->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static int
open_bound(int family, const MediaAddress *address, bool shared)
{
    struct sockaddr_storage name;
    socklen_t size = media_address_to_sockaddr(address, family, &name);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    if (family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (shared)
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (bind(fd, (struct sockaddr *)&name, size) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

/* A shared number could be one that somebody else shares: the free one is found by a socket that shares nothing. */
static bool
find_port(int family, MediaAddress *address)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);
    int fd = open_bound(family, address, false);

    if (fd < 0)
        return false;
    bool found = getsockname(fd, (struct sockaddr *)&name, &size) == 0 && media_address_from_sockaddr(&name, address);
    close(fd);
    return found;
}

static bool
bind_socket(MediaUdp *self, const MediaAddress *address, GError **error)
{
    uint16_t wanted = address->port;

    self->address = *address;
    /* The first to come is alone: whoever has the number already, sharing or not, is found here. */
    if (find_port(self->family, &self->address)) {
        memcpy(self->address.ip, address->ip, sizeof(address->ip));
        self->fd = open_bound(self->family, &self->address, true);
    }
    if (self->fd < 0) {
        int code = errno;
        char text[64];

        self->address.port = wanted;
        media_address_format(&self->address, text, sizeof(text));
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot open UDP %s: %s", text, g_strerror(code));
        return false;
    }
    return true;
}

static void
media_udp_init_slots(MediaUdp *self)
{
    self->buffer = g_malloc(BATCH * RECEIVE_BYTES);
    for (unsigned i = 0; i < BATCH; i++) {
        Slot *slot = &self->slots[i];
        struct msghdr *header = &self->messages[i].msg_hdr;

        slot->iov = (struct iovec){ self->buffer + (size_t)i * RECEIVE_BYTES, RECEIVE_BYTES };
        header->msg_iov = &slot->iov;
        header->msg_iovlen = 1;
        header->msg_name = &slot->from;
        header->msg_control = slot->control;
    }
}

MediaUdp *
media_udp_new(const MediaAddress *bind_address, GError **error)
{
    static const uint8_t zero[16];
    MediaUdp *self = g_new0(MediaUdp, 1);
    bool ipv4 = media_address_is_ipv4(bind_address);

    self->fd = -1;
    self->family = ipv4 ? AF_INET : AF_INET6;
    self->any = memcmp(bind_address->ip + (ipv4 ? 12 : 0), zero, ipv4 ? 4 : 16) == 0;
    if (!bind_socket(self, bind_address, error)) {
        media_udp_free(self);
        return NULL;
    }
    set_options(self);
    media_udp_init_slots(self);
    return self;
}

/* Which of two sockets, by the datagram's first bytes; what is too short for a load is for the first. */
static bool
sort_reports(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 128, 0, 5), /* RTP and RTCP: 128 to 191 (RFC 7983) */
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 191, 4, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 192, 0, 2), /* RTCP: 192 to 223 (RFC 5761) */
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 223, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = { .len = G_N_ELEMENTS(code), .filter = code };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) == 0;
}

/* At the address of the first, which has been told what comes where. */
static MediaUdp *
media_udp_new_beside(const MediaUdp *first)
{
    MediaUdp *self = g_new0(MediaUdp, 1);

    self->family = first->family;
    self->any = first->any;
    self->address = first->address;
    self->fd = open_bound(self->family, &self->address, true);
    if (self->fd < 0) {
        g_free(self);
        return NULL;
    }
    set_options(self);
    return self;
}

MediaUdp *
media_udp_new_for_reports(MediaUdp *first)
{
    /* before there are two: without the order both would get some of everything */
    MediaUdp *self = sort_reports(first->fd) ? media_udp_new_beside(first) : NULL;

    if (self != NULL)
        media_udp_init_slots(self);
    return self;
}

/* The order names two sockets; a broadcast would come to all. */
static bool
refuse_all(int fd)
{
    struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
    const struct sock_fprog program = { .len = G_N_ELEMENTS(code), .filter = code };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

MediaUdp *
media_udp_new_for_sending(MediaUdp *first)
{
    MediaUdp *self = media_udp_new_beside(first);

    if (self == NULL || refuse_all(self->fd))
        return self;
    media_udp_free(self);
    return NULL;
}

void
media_udp_free(MediaUdp *self)
{
    if (self == NULL)
        return;
    if (self->fd >= 0)
        close(self->fd);
    g_free(self->buffer);
    g_free(self);
}

int
media_udp_get_fd(const MediaUdp *self)
{
    return self->fd;
}

uint16_t
media_udp_get_port(const MediaUdp *self)
{
    return self->address.port;
}

/* The address that was addressed, and the size of the datagrams that were merged (0: it is one). */
static size_t
read_control(struct msghdr *header, MediaAddress *ret_local)
{
    size_t segment_size = 0;

    memset(ret_local, 0, sizeof(*ret_local));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int value;

            memcpy(&value, CMSG_DATA(c), sizeof(value));
            segment_size = value > 0 ? (size_t)value : 0;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof(info));
            ret_local->ip[10] = ret_local->ip[11] = 0xff;
            memcpy(ret_local->ip + 12, &info.ipi_spec_dst, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;

            memcpy(&info, CMSG_DATA(c), sizeof(info));
            memcpy(ret_local->ip, &info.ipi6_addr, 16);
        }
    }
    return segment_size;
}

static void
take_message(MediaUdp *self, unsigned i, MediaUdpFunc func, void *data)
{
    struct msghdr *header = &self->messages[i].msg_hdr;
    uint8_t *bytes = self->slots[i].iov.iov_base;
    size_t size = self->messages[i].msg_len;
    MediaPath path = { .connection = NULL };
    size_t segment_size;

    if ((header->msg_flags & MSG_TRUNC) != 0 || !media_address_from_sockaddr(&self->slots[i].from, &path.remote))
        return;
    segment_size = read_control(header, &path.local);
    if (segment_size == 0)
        segment_size = MAX(size, 1);
    if (segment_size > MEDIA_MAX_PACKET)
        return;
    for (size_t offset = 0; offset < size; offset += segment_size)
        func(data, &path, bytes + offset, MIN(segment_size, size - offset));
}

bool
media_udp_drain(MediaUdp *self, MediaUdpFunc func, void *data)
{
    bool any = false;

    for (unsigned round = 0; round < ROUNDS; round++) {
        int n;

        for (unsigned i = 0; i < BATCH; i++) {
            self->messages[i].msg_hdr.msg_namelen = sizeof(self->slots[i].from);
            self->messages[i].msg_hdr.msg_controllen = sizeof(self->slots[i].control);
        }
        /* errors of earlier sends (ICMP) come out here too; they only end this drain */
        n = recvmmsg(self->fd, self->messages, BATCH, MSG_DONTWAIT, NULL);
        if (n <= 0)
            break;
        any = true;
        for (int i = 0; i < n; i++)
            take_message(self, (unsigned)i, func, data);
        if (n < BATCH)
            break;
    }
    return any;
}

/* Appends one control message; returns the bytes in use. */
static size_t
add_control(struct msghdr *header, size_t used, int level, int type, const void *value, size_t size)
{
    struct cmsghdr *c = (struct cmsghdr *)((char *)header->msg_control + used);

    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), value, size);
    return used + CMSG_SPACE(size);
}

static size_t
add_source(const MediaUdp *self, struct msghdr *header, const MediaAddress *source)
{
    /* a mapped address too: this message and no other fits what the kernel keeps on its stack */
    if (self->family == AF_INET || media_address_is_ipv4(source)) {
        struct in_pktinfo info = { .ipi_ifindex = 0 };

        memcpy(&info.ipi_spec_dst, source->ip + 12, 4);
        return add_control(header, 0, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }

    struct in6_pktinfo info = { .ipi6_ifindex = 0 };

    memcpy(&info.ipi6_addr, source->ip, 16);
    return add_control(header, 0, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

/* One that is too large for its way, which a camera or another server may well send us. */
static MediaSendResult
send_in_fragments(MediaUdp *self, const struct msghdr *header)
{
    set_option(self->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
    bool sent = sendmsg(self->fd, header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    set_option(self->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
    return sent ? MEDIA_SEND_OK : MEDIA_SEND_DROPPED;
}

static bool
has_to_name(const MediaUdp *self, const MediaAddress *source)
{
    static const uint8_t zero[16];

    return self->any && source != NULL && memcmp(source->ip, zero, sizeof(zero)) != 0;
}

MediaSendResult
media_udp_send(MediaUdp *self, const MediaAddress *source, const MediaAddress *remote, const uint8_t *bytes,
               size_t size, uint16_t segment_size)
{
    _Alignas(struct cmsghdr) char control[CONTROL_BYTES] = { 0 };
    struct sockaddr_storage to;
    struct iovec iov = { (void *)bytes, size };
    struct msghdr header = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
    bool gso = segment_size > 0 && segment_size < size;

    header.msg_namelen = media_address_to_sockaddr(remote, self->family, &to);
    if (has_to_name(self, source))
        header.msg_controllen = add_source(self, &header, source);
    if (gso)
        header.msg_controllen =
            add_control(&header, header.msg_controllen, SOL_UDP, UDP_SEGMENT, &segment_size, sizeof(segment_size));
    /* one that says nothing of itself costs the kernel less to read */
    ssize_t sent = header.msg_controllen == 0 ? sendto(self->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                                                       (struct sockaddr *)&to, header.msg_namelen)
                                              : sendmsg(self->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        return MEDIA_SEND_OK;
    /* EINVAL and EMSGSIZE: segment above the route's MTU; EIO: no checksum off-load on the way out */
    if (gso && (errno == EINVAL || errno == EIO || errno == EMSGSIZE || errno == EOPNOTSUPP))
        return MEDIA_SEND_GSO_REFUSED;
    return errno == EMSGSIZE ? send_in_fragments(self, &header) : MEDIA_SEND_DROPPED;
}

G_STATIC_ASSERT(CONTROL_BYTES >= CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)));
