/* gateway/config.h - the configuration file, read once at start into a plain struct
 *
 * Every key is described in conf/yuanjian.conf, which a test parses. Command-line options win over the file.
 * Ownership: main. Thread: constant after loading: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What clients are told of STUN and TURN, see ice.h. */
typedef struct {
    char **stun, **turn;   /* URLs, NULL-terminated, may be NULL */
    char *turn_secret;     /* shared with the TURN server; NULL: none */
    unsigned turn_ttl_min; /* 720 */
} GwIceConfig;

/* What is kept how long, and who must agree; see gateway/archive/. */
typedef struct {
    char *cipher;             /* "aes-256-gcm", "sm4-ctr-hmac-sm3": what is sealed from now on */
    char **keep;              /* "visit:1095" ...: class (a kind of session, "*", or a name of its own) and days */
    char **review;            /* "visit:5" ...: kind and percent */
    char **observe;           /* "visit:1" ...: kind, and percent of its time that an officer had to observe */
    unsigned undo_days;       /* 7: between the approval of a purge and the purge */
    unsigned scrub_days;      /* 30: all of the archive is read again within so many; 0: only when asked */
    uint64_t scrub_bytes;     /* a second, at most: 20 MiB */
    unsigned purge_percent;   /* 1: of the archive, in a day */
    unsigned exports_a_day;   /* 20: by one person, without a second */
    unsigned approver_wait_h; /* 72 */
    unsigned remark_days;     /* 15: to reply to a procurator */
    unsigned watch_percent;   /* 50: of a recording, before a review of it can be finished */
} GwArchiveConfig;

typedef struct {
    char *sealer_program, *verifier_program;
    uint64_t journal_file_bytes;
    uint64_t reserve_bytes;  /* less is left on the disk: no recorded session begins */
    unsigned behind_limit_s; /* 10 */
    char *behind_policy;     /* "warn", "pause", "end" */
} GwRecorderConfig;

/* The node's log and its time stamps, see gateway/evidence/. */
typedef struct {
    char *name;       /* in the log's origin: [A-Za-z0-9._-], 1 to 64; NULL: made from the first key */
    char **tsa;       /* URLs of time-stamp servers (RFC 3161), NULL-terminated, may be NULL */
    char *tsa_ca;     /* PEM of the authorities that they are believed by; required with tsa */
    char *tsa_policy; /* OID that a token must be of; NULL: any */
} GwEvidenceSettings;

typedef struct {
    uint16_t port; /* 40000 */
    unsigned workers;
    char *bind;
    char **addresses;
} GwMediaConfig;

/* See gateway/tickets/. */
typedef struct {
    unsigned climb_hours; /* 48: what is overdue climbs one more tier after each */
} GwTicketsConfig;

typedef struct {
    unsigned picture_days; /* 180: pictures of roll-calls and lessons; 0: for good */
    unsigned photo_days;   /* 180: what phones of supervisees sent; 0: for good */
} GwSupervisionConfig;

typedef struct {
    unsigned open_before_min; /* 15 */
    unsigned grace_s;         /* 120: drop and return within this is the same visit */
    unsigned longest_min;     /* 30 */
    char *voices_dir;         /* spoken notices: DIR/zh/NAME.opus, DIR/en/NAME.opus */
} GwVisitConfig;

typedef struct {
    char **callback_hosts; /* where results of alarms may be posted, "host" or "host:port"; may be NULL */
    char *drop_folder;     /* where platforms leave files, a folder each; NULL: nowhere */
    char *speaker;         /* a program that reads a sentence and writes Ogg Opus */
} GwCasesConfig;

typedef struct {
    /* [server] */
    char *data_dir;
    char *listen_address;              /* "127.0.0.1" */
    uint16_t listen_port;              /* 8080 */
    char *certificate, *key;           /* required unless listen_address is loopback */
    char **origins, **trusted_proxies; /* NULL-terminated, may be NULL */
    char *public_url;                  /* what links begin with; NULL: made from listen address and port */
    char *web_root;                    /* the built pages */

    GwMediaConfig media;         /* [media] */
    GwIceConfig ice;             /* [ice] */
    GwArchiveConfig archive;     /* [archive] */
    GwEvidenceSettings evidence; /* [evidence] */

    GwRecorderConfig recorder; /* [recorder] */
    GwTicketsConfig tickets;   /* [tickets] */
    GwSupervisionConfig supervision;

    char **second_factor; /* [people]: roles that sign in with a second factor; NULL-terminated, may be NULL */

    GwVisitConfig visit;   /* [visit] */
    char *camera_program;  /* [cameras] */
    GwCasesConfig cases;   /* [cases] */
} GwConfig;

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; numeric addresses only. Writes nothing on failure. */
bool gw_config_set_listen(GwConfig *self, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "group.key" of every key, NULL-terminated, owned. */
char **gw_config_list_keys(void);

/* path NULL: only defaults. Fails with G_KEY_FILE_ERROR and "[group] key: what is wrong and what is allowed"; unknown
 * keys are refused. */
GwConfig *gw_config_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_config_check(const GwConfig *self, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* after options were applied */
/* SHA-256, in hex, of all keys and values but secrets. Owned. */
char *gw_config_hash(const GwConfig *self);
void gw_config_free(GwConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwConfig, gw_config_free)

G_END_DECLS
