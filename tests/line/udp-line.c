/* A line between a client and a server on this machine: rate, queue, delay and loss, each way, changed at any time.
 *   udp-line TARGET_PORT        listens on a free port of 127.0.0.1, prints it, and forwards to 127.0.0.1:TARGET_PORT
 * Commands on standard input, one per line; it ends with its input:
 *   down RATE QUEUE DELAY LOSS  bit/s (0: no limit), bytes, milliseconds, percent
 *   up RATE QUEUE DELAY LOSS
 * Packets that do not fit the queue are dropped; the others leave it in order, at the line's rate. */
#include <arpa/inet.h>
#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_CLIENTS = 16,
    MAX_PACKET = 2048,
    OVERHEAD = 28, /* IP and UDP are on the line too */
    BATCH = 64,
};

typedef struct {
    int64_t at_us;
    int fd;
    struct sockaddr_in to;
    size_t size;
    uint8_t bytes[];
} Packet;

typedef struct {
    uint64_t rate;
    size_t queue;
    int64_t delay_us;
    double loss;
    int64_t free_us; /* when the last packet has left it */
    GQueue packets;  /* Packet, in order of arrival */
} Direction;

typedef struct {
    struct sockaddr_in address;
    int fd; /* towards the server */
} Client;

typedef struct {
    int fd; /* towards the clients */
    struct sockaddr_in target;
    Direction down, up;
    unsigned n_clients;
    Client clients[MAX_CLIENTS];
} Line;

static int
open_socket(struct sockaddr_in *ret_address)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int room = 4 * 1024 * 1024;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(fd, (struct sockaddr *)ret_address, &size) < 0)
        g_error("cannot open a socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return fd;
}

static void
enqueue(Direction *self, const Packet *packet, int64_t now_us)
{
    size_t on_line = packet->size + OVERHEAD;
    int64_t start_us = MAX(self->free_us, now_us);
    uint64_t waiting = (uint64_t)(start_us - now_us) * self->rate / 8 / G_USEC_PER_SEC;

    if (g_random_double() * 100 < self->loss || (self->rate > 0 && waiting + on_line > self->queue))
        return;
    self->free_us = start_us;
    if (self->rate > 0)
        self->free_us += (int64_t)(on_line * 8 * G_USEC_PER_SEC / self->rate);
    Packet *queued = g_memdup2(packet, sizeof(Packet) + packet->size);
    queued->at_us = self->free_us + self->delay_us;
    g_queue_push_tail(&self->packets, queued);
}

/* Sends what has arrived; returns when the next one will, or INT64_MAX. */
static int64_t
dequeue(Direction *self, int64_t now_us)
{
    Packet *packet;

    while ((packet = g_queue_peek_head(&self->packets)) != NULL) {
        if (packet->at_us > now_us)
            return packet->at_us;
        if (sendto(packet->fd, packet->bytes, packet->size, 0, (struct sockaddr *)&packet->to, sizeof packet->to) < 0)
            g_debug("a packet was refused");
        g_free(g_queue_pop_head(&self->packets));
    }
    return INT64_MAX;
}

static Client *
find_client(Line *self, const struct sockaddr_in *address)
{
    struct sockaddr_in ignored;

    for (unsigned i = 0; i < self->n_clients; i++) {
        const struct sockaddr_in *known = &self->clients[i].address;
        if (known->sin_port == address->sin_port && known->sin_addr.s_addr == address->sin_addr.s_addr)
            return &self->clients[i];
    }
    if (self->n_clients == MAX_CLIENTS)
        return NULL;
    self->clients[self->n_clients] = (Client){ *address, open_socket(&ignored) };
    return &self->clients[self->n_clients++];
}

static bool
receive(int fd, Packet *packet, struct sockaddr_in *ret_from)
{
    socklen_t from_size = sizeof *ret_from;
    ssize_t size = recvfrom(fd, packet->bytes, MAX_PACKET, 0, (struct sockaddr *)ret_from, &from_size);

    packet->size = size > 0 ? (size_t)size : 0;
    return size > 0;
}

static void
read_clients(Line *self, Packet *packet, int64_t now_us)
{
    struct sockaddr_in from;

    for (int i = 0; i < BATCH && receive(self->fd, packet, &from); i++) {
        Client *client = find_client(self, &from);
        if (client == NULL)
            continue;
        packet->fd = client->fd;
        packet->to = self->target;
        enqueue(&self->up, packet, now_us);
    }
}

static void
read_server(Line *self, const Client *client, Packet *packet, int64_t now_us)
{
    struct sockaddr_in from;

    for (int i = 0; i < BATCH && receive(client->fd, packet, &from); i++) {
        packet->fd = self->fd;
        packet->to = client->address;
        enqueue(&self->down, packet, now_us);
    }
}

static bool
read_command(Line *self)
{
    char text[256];
    char way[8];
    unsigned long rate, queue, delay_ms;
    double loss;

    if (fgets(text, sizeof text, stdin) == NULL)
        return false;
    if (sscanf(text, "%7s %lu %lu %lu %lf", way, &rate, &queue, &delay_ms, &loss) != 5)
        return true;
    Direction *direction = strcmp(way, "down") == 0 ? &self->down : &self->up;
    direction->rate = rate;
    direction->queue = queue;
    direction->delay_us = (int64_t)delay_ms * 1000;
    direction->loss = loss;
    if (rate == 0)
        direction->free_us = 0; /* what waits goes on as it was planned */
    return true;
}

static void
run(Line *self)
{
    Packet *packet = g_malloc0(sizeof(Packet) + MAX_PACKET);
    bool going = true;

    while (going) {
        int64_t now_us = g_get_monotonic_time();
        int64_t next_us = MIN(dequeue(&self->down, now_us), dequeue(&self->up, now_us));
        int64_t wait_us = CLAMP(next_us - now_us, 0, 100 * 1000);
        struct timespec wait = { 0, (long)wait_us * 1000 };
        struct pollfd polled[2 + MAX_CLIENTS] = { { STDIN_FILENO, POLLIN, 0 }, { self->fd, POLLIN, 0 } };
        unsigned n_clients = self->n_clients;

        for (unsigned i = 0; i < n_clients; i++)
            polled[2 + i] = (struct pollfd){ self->clients[i].fd, POLLIN, 0 };
        if (ppoll(polled, 2 + n_clients, &wait, NULL) <= 0)
            continue;
        now_us = g_get_monotonic_time();
        if (polled[0].revents != 0)
            going = read_command(self);
        if (polled[1].revents != 0)
            read_clients(self, packet, now_us);
        for (unsigned i = 0; i < n_clients; i++) {
            if (polled[2 + i].revents != 0)
                read_server(self, &self->clients[i], packet, now_us);
        }
    }
    g_free(packet);
}

int
main(int argc, char **argv)
{
    Line line = { .target = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
    struct sockaddr_in own;

    if (argc != 2) {
        fprintf(stderr, "usage: %s TARGET_PORT\n", argv[0]);
        return 2;
    }
    line.target.sin_port = htons((uint16_t)atoi(argv[1]));
    line.fd = open_socket(&own);
    setvbuf(stdin, NULL, _IONBF, 0); /* else poll does not see what fgets has taken */
    printf("%u\n", ntohs(own.sin_port));
    fflush(stdout);
    run(&line);
    return 0;
}
