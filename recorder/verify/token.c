#include "recorder/verify/token.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <time.h>

#include "recorder/verify/keys.h"

enum { WEAKEST_DIGEST_BYTES = 32 };

static bool
read_time(TS_TST_INFO *info, int64_t *ret_at_us)
{
    struct tm tm;

    if (!info || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
        return false;
    time_t at = timegm(&tm);
    *ret_at_us = (int64_t)at * 1000000;
    return at > 0;
}

static bool
digest_is_strong(TS_TST_INFO *info)
{
    const ASN1_OBJECT *object = NULL;

    X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
    const EVP_MD *digest = EVP_get_digestbyobj(object);
    return digest && EVP_MD_get_size(digest) >= WEAKEST_DIGEST_BYTES;
}

static STACK_OF(X509) * new_stack(const VerKeys *keys)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    for (size_t i = 0; stack && i < keys->n; i++) {
        if (X509_up_ref(keys->keys[i].certificate) == 1)
            sk_X509_push(stack, keys->keys[i].certificate);
    }
    return stack;
}

static VerWord
verify(TS_RESP *response, const VerBytes *over, const VerKeys keys[2], int64_t at_us)
{
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();

    if (!context)
        return VER_WORD_BAD_TOKEN;
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_DATA);
    TS_VERIFY_CTX_set_data(context, BIO_new_mem_buf(over->data, (int)over->size));
    VerWord word = TS_RESP_verify_response(context, response) == 1 ? VER_WORD_NONE : VER_WORD_IMPRINT;
    TS_VERIFY_CTX_cleanup(context);
    if (word == VER_WORD_NONE) {
        TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE);
        TS_VERIFY_CTX_set_store(context, ver_keys_new_store(&keys[0], at_us));
        TS_VERIFY_CTX_set_certs(context, new_stack(&keys[1]));
        word = TS_RESP_verify_response(context, response) == 1 ? VER_WORD_NONE : VER_WORD_TOKEN_SIGNATURE;
    }
    TS_VERIFY_CTX_free(context);
    return word;
}

VerWord
ver_token_verify(const VerBytes *token, const VerBytes *over, const VerBytes *roots, const VerBytes *between,
                 int64_t *ret_at_us)
{
    const unsigned char *der = (const unsigned char *)token->data;
    VerKeys keys[2] = { { .n = 0 }, { .n = 0 } };
    VerWord word = VER_WORD_BAD_TOKEN;
    int64_t at_us;

    if (token->size > VER_TOKEN_MAX_BYTES)
        return word;
    TS_RESP *response = d2i_TS_RESP(NULL, &der, (long)token->size);
    TS_TST_INFO *info = response ? TS_RESP_get_tst_info(response) : NULL;
    if (info && der == (const unsigned char *)token->data + token->size && read_time(info, &at_us)) {
        ver_keys_add(&keys[0], "", roots->data, roots->size);
        ver_keys_add(&keys[1], "", between->data, between->size);
        word = digest_is_strong(info) ? verify(response, over, keys, at_us) : VER_WORD_WEAK_TOKEN;
        ver_keys_clear(&keys[0]);
        ver_keys_clear(&keys[1]);
    }
    TS_RESP_free(response);
    ERR_clear_error();
    if (word == VER_WORD_NONE)
        *ret_at_us = at_us;
    return word;
}
