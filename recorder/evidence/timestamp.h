/* recorder/evidence/timestamp.h - RFC 3161: asking for a token over bytes, and judging the answer
 *
 * No sockets: bytes in, bytes out. The answer is hostile until it has been checked: version, status, imprint, nonce, policy,
 * signature, the authority's chain and purpose (valid now), and that its time is ours. Thread: any. */
#pragma once

#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

enum {
    REC_TIMESTAMP_MAX_BYTES = 64 * 1024,
    REC_TIMESTAMP_MAX_CHAIN = 4,
    REC_TIMESTAMP_MAX_SKEW_S = 300, /* between its time and ours */
    REC_TIMESTAMP_NONCE_BYTES = 8,
};

typedef struct {
    uint8_t imprint[REC_HASH_SIZE];
    uint8_t nonce[REC_TIMESTAMP_NONCE_BYTES]; /* big-endian, positive */
} RecTimestampQuery;

typedef struct {
    const char *ca_path; /* PEM: the authorities that are believed */
    const char *policy;  /* OID; NULL: any */
    int64_t now_us;      /* CLOCK_REALTIME */
} RecTimestampTrust;

/* The DER of a TimeStampReq over SHA-256 of data, with a new nonce. Owned. */
GBytes *rec_timestamp_ask(const RecSlice *data, const RecTimestampTrust *trust, RecTimestampQuery *ret_query,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* response: the DER of a TimeStampResp. INVALID says what is wrong with it. ret_at_us: the token's time. */
bool rec_timestamp_check(const RecSlice *response, const RecTimestampQuery *query, const RecTimestampTrust *trust,
                         int64_t *ret_at_us, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks a server, at most timeout_s long; UNAVAILABLE when it does not answer as it should. Blocks. */
GBytes *rec_timestamp_fetch(const char *url, GBytes *request, unsigned timeout_s,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
