#include "recorder/evidence/timestamp.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_REQ, TS_REQ_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_RESP, TS_RESP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_MSG_IMPRINT, TS_MSG_IMPRINT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_ALGOR, X509_ALGOR_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ASN1_OBJECT, ASN1_OBJECT_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TS_VERIFY_CTX, TS_VERIFY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)

static bool
refuse(GError **error, const char *what)
{
    ERR_clear_error();
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID, "the time stamp is refused: %s", what);
    return false;
}

static ASN1_INTEGER *
make_nonce(const RecTimestampQuery *query)
{
    g_autoptr(BIGNUM) number = BN_bin2bn(query->nonce, sizeof query->nonce, NULL);

    return number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
}

static TS_MSG_IMPRINT *
make_imprint(const RecTimestampQuery *query)
{
    g_autoptr(TS_MSG_IMPRINT) imprint = TS_MSG_IMPRINT_new();
    g_autoptr(X509_ALGOR) algorithm = X509_ALGOR_new();

    if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
        TS_MSG_IMPRINT_set_algo(imprint, algorithm) != 1 ||
        TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)query->imprint, sizeof query->imprint) != 1)
        return NULL;
    return g_steal_pointer(&imprint);
}

static TS_REQ *
make_request(const RecTimestampQuery *query, const char *policy)
{
    g_autoptr(TS_REQ) request = TS_REQ_new();
    g_autoptr(TS_MSG_IMPRINT) imprint = make_imprint(query);
    g_autoptr(ASN1_INTEGER) nonce = make_nonce(query);
    g_autoptr(ASN1_OBJECT) object = policy != NULL ? OBJ_txt2obj(policy, 1) : NULL;

    if (imprint == NULL || nonce == NULL || (policy != NULL && object == NULL) || TS_REQ_set_version(request, 1) != 1 ||
        TS_REQ_set_msg_imprint(request, imprint) != 1 || TS_REQ_set_nonce(request, nonce) != 1 ||
        TS_REQ_set_cert_req(request, 1) != 1 || (object != NULL && TS_REQ_set_policy_id(request, object) != 1))
        return NULL;
    return g_steal_pointer(&request);
}

GBytes *
rec_timestamp_ask(const RecSlice *data, const RecTimestampTrust *trust, RecTimestampQuery *ret_query, GError **error)
{
    RecTimestampQuery query;
    unsigned char *der = NULL;

    rec_hash_slices(REC_HASH_SHA256, data, 1, query.imprint);
    if (RAND_bytes(query.nonce, sizeof query.nonce) != 1) {
        refuse(error, "there are no random numbers");
        return NULL;
    }
    query.nonce[0] = (query.nonce[0] & 0x7f) | 0x40;
    g_autoptr(TS_REQ) request = make_request(&query, trust->policy);
    int size = request != NULL ? i2d_TS_REQ(request, &der) : -1;
    if (size < 0) {
        refuse(error, "OpenSSL cannot make a request");
        return NULL;
    }
    GBytes *bytes = g_bytes_new(der, (gsize)size);
    OPENSSL_free(der);
    *ret_query = query;
    return bytes;
}

/* The authority and its chain, as of now. */
static X509_STORE *
make_store(const RecTimestampTrust *trust)
{
    X509_STORE *store = X509_STORE_new();

    if (store == NULL || X509_STORE_load_file(store, trust->ca_path) != 1) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_VERIFY_PARAM *parameters = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)(trust->now_us / G_USEC_PER_SEC));
    X509_VERIFY_PARAM_set_depth(parameters, REC_TIMESTAMP_MAX_CHAIN);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static bool
verify(TS_RESP *response, const RecTimestampQuery *query, const RecTimestampTrust *trust, GError **error)
{
    g_autoptr(TS_REQ) request = make_request(query, trust->policy);
    g_autoptr(TS_VERIFY_CTX) context = request != NULL ? TS_REQ_to_TS_VERIFY_CTX(request, NULL) : NULL;
    X509_STORE *store = make_store(trust);

    if (context == NULL || store == NULL) {
        X509_STORE_free(store);
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS,
                    "%s holds no certificates of time-stamp authorities", trust->ca_path);
        ERR_clear_error();
        return false;
    }
    TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(context, store); /* taken */
    if (TS_RESP_verify_response(context, response) == 1)
        return true;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return refuse(error, reason != NULL ? reason : "it does not verify");
}

static bool
read_time(TS_TST_INFO *info, int64_t *ret_at_us)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1)
        return false;
    *ret_at_us = (int64_t)timegm(&parts) * G_USEC_PER_SEC;
    return true;
}

bool
rec_timestamp_check(const RecSlice *response, const RecTimestampQuery *query, const RecTimestampTrust *trust,
                    int64_t *ret_at_us, GError **error)
{
    const unsigned char *der = response->data, *end = der + response->size;
    g_autoptr(TS_RESP) parsed = NULL;
    int64_t at_us = 0;

    if (response->size > REC_TIMESTAMP_MAX_BYTES)
        return refuse(error, "it is too long");
    parsed = d2i_TS_RESP(NULL, &der, (long)response->size);
    if (parsed == NULL || der != end)
        return refuse(error, "it is not an answer of a time-stamp server");
    TS_TST_INFO *info = TS_RESP_get_tst_info(parsed);
    if (info == NULL)
        return refuse(error, "the server did not grant it");
    if (!verify(parsed, query, trust, error))
        return false;
    if (!read_time(info, &at_us))
        return refuse(error, "its time cannot be read");
    if (ABS(at_us - trust->now_us) > (int64_t)REC_TIMESTAMP_MAX_SKEW_S * G_USEC_PER_SEC)
        return refuse(error, "its time is not ours: check both clocks");
    *ret_at_us = at_us;
    return true;
}
