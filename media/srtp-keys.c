#include "media/srtp-keys.h"

static const MediaSrtpProfileInfo profiles[MEDIA_N_SRTP_PROFILES] = {
    [MEDIA_SRTP_AEAD_AES_128_GCM] = { "SRTP_AEAD_AES_128_GCM", 7, 16, 12, 16, true },
    [MEDIA_SRTP_AEAD_AES_256_GCM] = { "SRTP_AEAD_AES_256_GCM", 8, 32, 12, 16, true },
    [MEDIA_SRTP_AES128_CM_SHA1_80] = { "SRTP_AES128_CM_SHA1_80", 1, 16, 14, 10, false },
};

const MediaSrtpProfileInfo *
media_srtp_profile_get_info(MediaSrtpProfile profile)
{
    return &profiles[profile];
}

bool
media_srtp_profile_from_id(uint16_t id, MediaSrtpProfile *ret_profile)
{
    for (unsigned i = 0; i < MEDIA_N_SRTP_PROFILES; i++) {
        if (profiles[i].id == id) {
            *ret_profile = (MediaSrtpProfile)i;
            return true;
        }
    }
    return false;
}
