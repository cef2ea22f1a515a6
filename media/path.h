/* media/path.h - one way to a peer: from where it reached us to where it did, or a TCP connection
 *
 * A value; the connection is borrowed and tells its transport when it goes (net-priv.h). */
#pragma once

#include "media/address.h"

G_BEGIN_DECLS

typedef struct MediaTcpConnection MediaTcpConnection;

typedef struct {
    MediaAddress remote;
    MediaAddress local;             /* what the peer addressed (UDP): answers leave from there; its port is not used */
    MediaTcpConnection *connection; /* NULL: UDP */
} MediaPath;

static inline bool
media_path_equal(const MediaPath *a, const MediaPath *b)
{
    return a->connection == b->connection && media_address_equal(&a->remote, &b->remote);
}

G_END_DECLS
