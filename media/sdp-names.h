/* media/sdp-names.h - the words of SDP that reading and writing share. Private to sdp-*.c. Pure; any thread. */
#pragma once

#include "media/sdp.h"

G_BEGIN_DECLS

/* The id field of an RTP header extension that we know, or NULL. */
uint8_t *media_sdp_extension_field(MediaStream *stream, const char *uri);

typedef void (*MediaSdpExtensionFunc)(const char *uri, uint8_t id, void *data);
/* Calls func for each extension that the stream has agreed. */
void media_sdp_foreach_extension(const MediaStream *stream, MediaSdpExtensionFunc func, void *data);

/* Bytes of a digest (RFC 8122 names, any case); 0: unknown or too weak. */
size_t media_sdp_hash_size(const char *name);

/* Length and alphabet of RFC 8839 section 5.4. */
bool media_sdp_check_ice(const char *ufrag, const char *pwd, MediaIceCredentials *ret_ice, GError **error);

G_END_DECLS
