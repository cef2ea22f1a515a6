/* signaling/address.h - numeric addresses, networks, and who a request really comes from
 *
 * Thread: any. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include <glib.h>

G_BEGIN_DECLS

/* "192.0.2.1", "2001:db8::1"; IPv4 inside IPv6 is written as IPv4. */
char *sig_address_from_sockaddr(const struct sockaddr *address);

/* Whether address is in one of networks ("10.1.0.0/16", "::1"; NULL-terminated, may be NULL). Exact: "10.1" is no
 * network, and nothing matches by its text. */
bool sig_address_is_in(const char *address, const char *const *networks);
bool sig_network_is_valid(const char *network);

/* peer, or, when peer is trusted, the last address in X-Forwarded-For that is not: what a client wrote further left
 * means nothing. */
char *sig_address_from_forwarded(const char *peer, const char *forwarded_for, const char *const *trusted);

G_END_DECLS
