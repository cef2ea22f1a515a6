#include "media/srtp-keys.h"

#include <openssl/crypto.h>
#include <string.h>

static const MediaSrtpProfileInfo profiles[MEDIA_N_SRTP_PROFILES] = {
    [MEDIA_SRTP_AEAD_AES_128_GCM] = { "SRTP_AEAD_AES_128_GCM", 7, 16, 12, 16, true, srtp_profile_aead_aes_128_gcm },
    [MEDIA_SRTP_AEAD_AES_256_GCM] = { "SRTP_AEAD_AES_256_GCM", 8, 32, 12, 16, true, srtp_profile_aead_aes_256_gcm },
    [MEDIA_SRTP_AES128_CM_SHA1_80] = { "SRTP_AES128_CM_SHA1_80", 1, 16, 14, 10, false, srtp_profile_aes128_cm_sha1_80 },
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

static void
init_libsrtp(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        srtp_init();
        g_once_init_leave(&done, 1);
    }
}

srtp_t
media_srtp_master_create_session(const MediaSrtpMaster *self, srtp_ssrc_type_t direction)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(self->profile);
    uint8_t key[MEDIA_SRTP_MAX_KEY + MEDIA_SRTP_MAX_SALT];
    srtp_policy_t policy = { .key = key, .window_size = MEDIA_SRTP_WINDOW };
    srtp_t session = NULL;

    init_libsrtp();
    policy.ssrc.type = direction;
    memcpy(key, self->key, info->key_size);
    memcpy(key + info->key_size, self->salt, info->salt_size);
    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, info->libsrtp) != srtp_err_status_ok ||
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, info->libsrtp) != srtp_err_status_ok ||
        srtp_create(&session, &policy) != srtp_err_status_ok)
        session = NULL;
    OPENSSL_cleanse(key, sizeof(key));
    return session;
}
