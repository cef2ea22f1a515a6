/* media/dtls-record.h - the DTLS 1.2 record layer that is left when the SSL is gone
 *
 * An SSL weighs 74 KiB; what is needed of it after the handshake is 100 bytes: to know an authentic close_notify or a
 * late retransmission of the client's Finished from a forgery, and to say close_notify ourselves. AES-GCM only (RFC
 * 5288), which is all that we offer. Ownership: a value. Zeroed it opens nothing. Thread:    any, one at a time. */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    MEDIA_DTLS_RECORD_HEADER = 13,
    MEDIA_DTLS_ALERT_BYTES = MEDIA_DTLS_RECORD_HEADER + 8 + 2 + 16, /* a sealed alert */
    MEDIA_DTLS_TYPE_ALERT = 21,
    MEDIA_DTLS_TYPE_HANDSHAKE = 22,
    MEDIA_DTLS_ALERT_CLOSE_NOTIFY = 0,
    MEDIA_DTLS_ALERT_BAD_CERTIFICATE = 42,
};

typedef struct {
    uint8_t key_size; /* 16, 32; 0: no keys */
    uint8_t client_key[32], server_key[32];
    uint8_t client_salt[4], server_salt[4];
} MediaDtlsRecord;

/* From a finished server handshake. false: another kind of cipher. */
bool media_dtls_record_init(MediaDtlsRecord *self, SSL *ssl);
void media_dtls_record_clear(MediaDtlsRecord *self);

typedef struct {
    uint8_t type;
    uint16_t epoch;
    const uint8_t *bytes; /* borrowed: the whole record */
    size_t size;
} MediaDtlsRecordView;

/* The next whole record of a datagram, and moves past it; false: the rest is none. */
bool media_dtls_record_next(const uint8_t **bytes, size_t *size, MediaDtlsRecordView *ret_view);

/* What the client sent under its keys: true and the first (at most 2) bytes of the plaintext when it is authentic. */
bool media_dtls_record_open(const MediaDtlsRecord *self, const MediaDtlsRecordView *view, uint8_t ret_start[2]);

/* An alert of ours (level, description); false: no keys. */
bool media_dtls_record_seal_alert(const MediaDtlsRecord *self, uint8_t description,
                                  uint8_t ret_record[MEDIA_DTLS_ALERT_BYTES]);

G_END_DECLS
