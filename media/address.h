/* media/address.h - an IP address with a port, of either family, as one small value
 *
 * Pure. IPv4 is kept as a mapped IPv6 address (RFC 4291 section 2.5.5.2), so comparing and hashing need no cases.
 * A zeroed one is "none". */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

G_BEGIN_DECLS

typedef struct {
    uint8_t ip[16];
    uint32_t scope_id; /* of a link-local address */
    uint16_t port;     /* host order */
    uint16_t reserved; /* zero */
} MediaAddress;

/* Fails (false) for another family. */
bool media_address_from_sockaddr(const struct sockaddr_storage *from, MediaAddress *ret_address);

/* Numeric text only, no resolver; "::" and "0.0.0.0" too. */
bool media_address_parse(const char *ip, uint16_t port, MediaAddress *ret_address);

bool media_address_is_ipv4(const MediaAddress *self);

/* As a socket of this family (AF_INET, AF_INET6) wants it; its size. A real IPv6 address does not fit AF_INET. */
socklen_t media_address_to_sockaddr(const MediaAddress *self, int family, struct sockaddr_storage *ret_sockaddr);

bool media_address_equal(const MediaAddress *a, const MediaAddress *b);

/* For GHashTable. Seeded per process: peers choose their ports. */
guint media_address_hash(gconstpointer address);
gboolean media_address_equal_func(gconstpointer a, gconstpointer b);

/* "203.0.113.7:40000", "[2001:db8::1]:40000"; size 64 is enough. */
void media_address_format(const MediaAddress *self, char *text, size_t size);

G_END_DECLS
