#include "reference-srtp.h"

#include <string.h>

static const srtp_profile_t profiles[MEDIA_N_SRTP_PROFILES] = {
    [MEDIA_SRTP_AEAD_AES_128_GCM] = srtp_profile_aead_aes_128_gcm,
    [MEDIA_SRTP_AEAD_AES_256_GCM] = srtp_profile_aead_aes_256_gcm,
    [MEDIA_SRTP_AES128_CM_SHA1_80] = srtp_profile_aes128_cm_sha1_80,
};

static void
init_once(void)
{
    static gsize done;

    if (g_once_init_enter(&done)) {
        srtp_init();
        g_once_init_leave(&done, 1);
    }
}

srtp_t
reference_srtp_new(const MediaSrtpMaster *master, srtp_ssrc_type_t direction)
{
    const MediaSrtpProfileInfo *info = media_srtp_profile_get_info(master->profile);
    uint8_t key[MEDIA_SRTP_MAX_KEY + MEDIA_SRTP_MAX_SALT];
    srtp_policy_t policy = { .key = key, .window_size = MEDIA_SRTP_WINDOW };
    srtp_t session = NULL;

    init_once();
    policy.ssrc.type = direction;
    memcpy(key, master->key, info->key_size);
    memcpy(key + info->key_size, master->salt, info->salt_size);
    g_assert_cmpint(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profiles[master->profile]), ==,
                    srtp_err_status_ok);
    g_assert_cmpint(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profiles[master->profile]), ==,
                    srtp_err_status_ok);
    g_assert_cmpint(srtp_create(&session, &policy), ==, srtp_err_status_ok);
    return session;
}
