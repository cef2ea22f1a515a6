/* gateway/people/people-priv.h - the insides of GwPeople, for the files of this folder */
#pragma once

#include "gateway/people/directory.h"
#include "gateway/people/links.h"
#include "gateway/people/passwords.h"
#include "gateway/people/people.h"
#include "gateway/people/second-factor.h"
#include "gateway/people/throttle.h"
#include "gateway/people/tokens.h"
#include "gateway/people/visit-codes.h"

G_BEGIN_DECLS

enum {
    GW_TERMINAL_SILENT_MS = 30 * 1000, /* without a heartbeat: offline */
    GW_PEOPLE_MAX_MEDIA_TOKENS = 10000,
};

typedef struct {
    const GwPeopleListener *events;
    void *user_data;
} GwListening;

/* What other subjects know; each NULL until they have said so. */
typedef struct {
    const GwVisitLookup *visits;
    void *visits_data;
    GwPlatformLookup platforms;
    void *platforms_data;
} GwPeopleAsked;

struct GwPeople {
    GwStore *store;         /* borrowed */
    GwAudit *audit;         /* borrowed */
    SigServer *server;      /* borrowed; NULL until attached */
    const GwConfig *config; /* borrowed; NULL until attached */
    GwDirectory *directory;
    GwTokens *tokens;
    GwLinks *links;
    GwVisitCodes *codes;
    GwPasswords *passwords;
    GwThrottle *throttle;
    GwSecondFactors *factors;
    GHashTable *clients;      /* SigClient -> GwSitter, owned by the table */
    GHashTable *media_tokens; /* hash -> GwMediaGrant */
    GArray *listeners;        /* GwListening */
    GwPeopleAsked asked;
    char *public_url;
    char *openrpc; /* made when first asked for */
    unsigned tick_source;
    int64_t swept_ms;
};

/* Who a request or a connection belongs to; what gw_identity_of_* point into. */
typedef struct {
    GwIdentity identity; /* first */
    char *id, *display, *unit, *audit;
    char *token; /* hash; NULL: a media token */
    SigClient *client;
    bool has_grant;
    GwMediaToken grant; /* of a Bearer token, or of a terminal's visit */
    char *grant_session, *grant_party;
} GwSitter;

void gw_sitter_free(GwSitter *sitter);

int64_t gw_people_now_ms(void);
/* grant.c: answers, or refuses, when the entry is on record. Takes answer and detail. */
void gw_people_grant(GwPeople *self, const GwAuditEntry *entry, SigRequest *request, JsonObject *answer);
void gw_people_grant_command(GwPeople *self, const GwAuditEntry *entry, JsonObject *detail, GwAdminRequest *command,
                             JsonObject *answer);

/* "person:ID"; owned. */
char *gw_people_audit_name(GwSeat seat, const char *id);
void gw_people_note(GwPeople *self, const GwAuditEntry *entry); /* an audit entry without detail */

/* clients.c */
void gw_people_on_client_opened(SigClient *client, void *user_data);
void gw_people_on_client_closed(SigClient *client, void *user_data);
uint32_t gw_people_on_http_access(SigHttp *http, void *user_data);
void gw_people_on_token_revoked(const GwToken *token, void *user_data);
void gw_people_close_seat(GwPeople *self, GwSeat seat, const char *owner, const SigClient *except);
void gw_people_touch_clients(GwPeople *self, int64_t now_ms);

/* What its posts say now is what its connections may. */
GHashTable *gw_people_list_console_persons(GwPeople *self); /* ids of those who are here; owned by the caller */
void gw_people_refresh_clients(GwPeople *self, const GwPersonRecord *person);

/* rights.c */
void gw_people_rights_changed(GwPeople *self, GwPersonRecord *person); /* after a change; tells everybody */
void gw_people_tree_changed(GwPeople *self);                           /* likewise, of all */
void gw_people_check_posts(GwPeople *self, int64_t now_ms);
/* What a connection of this person may call now: what the posts say, or only GW_ACCESS_ENROLLING. 0: nobody. */
uint32_t gw_people_get_console_access(GwPeople *self, const GwPersonRecord *person);
/* Whether the setting asks this person for a second factor. */
bool gw_people_needs_factor(GwPeople *self, const GwPersonRecord *person);

/* asking.c: of a request of a page */
/* Whether the asker administers this unit; otherwise the request is answered. */
bool gw_people_ask_unit(GwPeople *self, SigRequest *request, const char *unit);
/* A person whom the asker administers; otherwise the request is answered, and NULL. */
GwPersonRecord *gw_people_ask_person(GwPeople *self, SigRequest *request, const char *id);
/* The same, and the asker may give every post of this person that is not over: for what opens the account to somebody. */
GwPersonRecord *gw_people_ask_whole_person(GwPeople *self, SigRequest *request, const char *id);
/* Whether the asker may give this role in this unit; otherwise the request is answered. (method-posts.c) */
bool gw_people_ask_role(GwPeople *self, SigRequest *request, const char *role, const char *unit);
/* An entry by the asker; borrows. */
GwAuditEntry gw_people_entry_of(SigRequest *request, const char *action, const char *object);
/* On record, by the asker. */
void gw_people_note_request(GwPeople *self, SigRequest *request, const char *action, const char *object,
                            JsonObject *detail);
/* As above, and the answer when it is. Takes answer. */
void gw_people_grant_request(GwPeople *self, SigRequest *request, const char *action, const char *object,
                             JsonObject *answer);

/* cookies.c */
void gw_people_set_cookie(GwPeople *self, SigHttp *http, GwSeat seat, const char *secret); /* NULL: takes it away */

/* terminals.c */
void gw_people_terminal_alive(GwPeople *self, GwTerminalRecord *terminal, const char *version);
void gw_people_check_terminals(GwPeople *self, int64_t now_ms);

/* media-tokens.c */
void gw_people_revoke_media_tokens(GwPeople *self, const char *who);
void gw_people_sweep_media_tokens(GwPeople *self, int64_t now_ms);
const GwMediaToken *gw_people_find_media_token(GwPeople *self, const char *secret);
void gw_media_grant_free(void *data);

/* JSON of docs/protocol.md */
JsonObject *gw_people_person_to_json(GwPeople *self, const GwPerson *person);
JsonObject *gw_people_record_to_json(GwPeople *self, const GwPersonRecord *person); /* PersonRow */
/* {link or url, expires_ms} as a page's address with the code in its fragment. */
char *gw_people_make_link(GwPeople *self, GwSeat seat, const char *owner, int64_t *ret_expires_ms);

/* The rows of this folder; user_data is GwPeople. */
extern const SigMethod gw_method_hello, gw_method_ping;
extern const SigMethod *const gw_pair_methods[];
extern const SigMethod *const gw_unit_methods[],
    *const gw_unit_table_methods[], *const gw_post_methods[], *const gw_factor_methods[], *const gw_session_methods[];
extern const SigEvent gw_people_events[];
extern const SigMethod gw_method_people_list, gw_method_people_add, gw_method_people_link, gw_method_people_disable,
    gw_method_people_set_password;
extern const SigMethod gw_method_terminals_list, gw_method_terminals_add, gw_method_terminals_link,
    gw_method_terminal_heartbeat;
extern const SigMethod gw_method_audit_list;
extern const SigRoute gw_routes_sign_in[], gw_routes_visit_code[], gw_routes_documents[];
extern const GwAdminCommand gw_people_commands[];
extern const SigParam gw_people_import_params[], gw_unit_import_params[], gw_factor_reset_params[];
void gw_people_handle_unit_import(GwAdminRequest *request, JsonObject *params, void *user_data);
void gw_people_handle_factor_reset(GwAdminRequest *request, JsonObject *params, void *user_data);
void gw_people_handle_unit_export(GwAdminRequest *request, JsonObject *params, void *user_data);
void gw_people_handle_import(GwAdminRequest *request, JsonObject *params, void *user_data);

G_END_DECLS
