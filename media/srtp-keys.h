/* media/srtp-keys.h - SRTP profiles (RFC 5764, RFC 7714) and the keys of one direction
 *
 * Pure; any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    MEDIA_SRTP_AEAD_AES_128_GCM, /* in the order in which we choose */
    MEDIA_SRTP_AEAD_AES_256_GCM,
    MEDIA_SRTP_AES128_CM_SHA1_80,
    MEDIA_N_SRTP_PROFILES,
} MediaSrtpProfile;

enum {
    MEDIA_SRTP_MAX_KEY = 32,
    MEDIA_SRTP_MAX_SALT = 14,
    MEDIA_SRTP_WINDOW = 1024, /* packets: a retransmission is late by a few hundred */
    MEDIA_SRTCP_INDEX_BYTES = 4,
};

typedef struct {
    const char *name; /* as in the IANA registry, and as OpenSSL calls it */
    uint16_t id;
    uint8_t key_size, salt_size, tag_size;
    bool aead;
} MediaSrtpProfileInfo;

const MediaSrtpProfileInfo *media_srtp_profile_get_info(MediaSrtpProfile profile);
bool media_srtp_profile_from_id(uint16_t id, MediaSrtpProfile *ret_profile);

/* A master key and salt. */
typedef struct {
    MediaSrtpProfile profile;
    uint8_t key[MEDIA_SRTP_MAX_KEY];
    uint8_t salt[MEDIA_SRTP_MAX_SALT];
} MediaSrtpMaster;

G_END_DECLS
