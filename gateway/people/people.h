/* gateway/people/people.h - units, persons, terminals, tokens and links; who may come in
 *
 * All of it is kept in memory on main (loaded at start) and written through to the store, so that sign-in and rights
 * never wait for SQL. Ownership: main. Thread: main. Strings that are returned are borrowed and live until the object
 * is changed. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "gateway/admin/admin.h"
#include "gateway/audit/audit.h"
#include "gateway/config.h"
#include "gateway/people/access.h"
#include "gateway/store/store.h"
#include "signaling/server.h"

G_BEGIN_DECLS

typedef struct GwPeople GwPeople;

/* Loads everything; blocks, for start-up. Fails with GW_STORE_ERROR. store and audit outlive it. */
GwPeople *gw_people_new(GwStore *store, GwAudit *audit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_people_free(GwPeople *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwPeople, gw_people_free)

/* Its callbacks for the server, with people as their user_data; then its methods, routes and commands. server, config
 * and admin (NULL: none) outlive people. */
const SigServerEvents *gw_people_get_server_events(void);
void gw_people_attach(GwPeople *self, SigServer *server, const GwConfig *config, GwAdmin *admin);

typedef struct {
    char *id, *name, *tier; /* tier: "ministry", "province", "city", "county", "office", "prison" ...: a label */
    char *parent;           /* NULL for a root */
    char *name_en;          /* for English pages; NULL: name */
    char **areas;           /* townships that a squad serves; NULL: none named */
    int64_t closed_ms;      /* 0: it is there */
} GwUnit;

/* A person's post: what, where, how long. The main post comes with the account and has its id. */
typedef struct {
    char *id, *unit;
    uint32_t access;           /* one role */
    int64_t from_ms, until_ms; /* 0: always; without end */
} GwPost;

typedef struct {
    char *id, *name, *display, *unit; /* unit: of the main post */
    uint32_t access;                  /* of the posts in force together */
    bool disabled;
    int64_t fresh_ms; /* when somebody else last made or opened this account: it was added, or given a link */
} GwPerson;

typedef struct {
    char *id, *name, *unit;
    char *version; /* of its page; NULL unknown */
    int64_t last_seen_ms;
    bool online; /* a connection with a fresh heartbeat, or media by token */
} GwTerminal;

/* Whether somebody is who he says: for acts that are not done from a signed-in page. person is NULL when not; borrowed.
 * False, and no answer: too many tries. */
typedef void (*GwPasswordChecked)(const GwPerson *person, void *user_data);
bool gw_people_check_password(GwPeople *self, const char *name, const char *password, GwPasswordChecked done,
                              void *user_data);
/* Whether one of somebody's posts that are in force has one of these rights (GW_ACCESS_*) and covers this unit. Everything that
 * is about a unit asks here and nowhere else. unit NULL: false. */
bool gw_people_reaches(GwPeople *self, const GwIdentity *identity, uint32_t access, const char *unit);
/* The same of a person who need not be here; false for one who is disabled. */
bool gw_people_person_reaches(GwPeople *self, const char *person, uint32_t access, const char *unit);
/* The unit for what knows only one: of the post in force that decides or keeps recordings, or else of the first in force. */
const char *gw_people_get_person_unit(const GwPerson *person);
/* Persons with one of these rights, in the order in which they were made. func gets a borrowed person. */
void gw_people_foreach_person(GwPeople *self, uint32_t access, void (*func)(const GwPerson *person, void *data),
                              void *data);

const GwUnit *gw_people_get_unit(GwPeople *self, const char *id);
unsigned gw_people_get_n_units(GwPeople *self);
const GwPerson *gw_people_get_person(GwPeople *self, const char *id);
const GwTerminal *gw_people_get_terminal(GwPeople *self, const char *id);

/* Whether unit is above or the same as below in the tree. The one mechanism by which everything is limited to the
 * asker's subtree. */
bool gw_people_covers(GwPeople *self, const char *unit, const char *below);

/* What others want to hear of connections and terminals; each may be NULL. From the loop or from inside the server's
 * own events, never from inside a call of gw_people_*. Listeners must outlive people. */
typedef struct {
    /* The client has its identity and its access. */
    void (*client_opened)(SigClient *client, const GwIdentity *identity, void *user_data);
    void (*client_closed)(SigClient *client, const GwIdentity *identity, void *user_data); /* gone after this */
    void (*terminal_changed)(const GwTerminal *terminal, void *user_data); /* online, offline, version */
    /* Its page said hello and speaks this language: "zh", "en". */
    void (*client_language)(SigClient *client, const GwIdentity *identity, const char *language, void *user_data);
    /* What this person may do, or where, is another: a post began or ended, a unit was moved, the account disabled. Whoever
     * gave him something live asks gw_people_reaches() again, now, and takes away what is not his any more. */
    void (*rights_changed)(const char *person, void *user_data);
} GwPeopleListener;

/* "Province / City / Office" as it was at a time; NULL: no such unit. Owned. */
char *gw_people_unit_path_at(GwPeople *self, const char *unit, int64_t at_ms);
/* The same by ids, with a slash before and behind each: "/province/city/office/"; "/": no such unit. Owned. */
char *gw_people_unit_place_at(GwPeople *self, const char *unit, int64_t at_ms);

void gw_people_add_listener(GwPeople *self, const GwPeopleListener *listener, void *user_data);

/* Every WebSocket client that has an identity. func may close clients. */
typedef void (*GwClientFunc)(SigClient *client, const GwIdentity *identity, void *user_data);
void gw_people_foreach_client(GwPeople *self, GwClientFunc func, void *user_data);
void gw_people_foreach_unit(GwPeople *self, void (*func)(const GwUnit *unit, void *data), void *data);
void gw_people_foreach_terminal(GwPeople *self, void (*func)(const GwTerminal *terminal, void *data), void *data);

/* What links begin with: "https://host:port", without a slash at the end. */
const char *gw_people_get_public_url(GwPeople *self);

/* {id, name, unit: {id, name}, online ...} as protocol.md has it. */
JsonObject *gw_people_terminal_to_json(GwPeople *self, const char *terminal);
JsonObject *gw_people_unit_to_json(GwPeople *self, const char *unit);

/* Family codes (visits/ owns the visits, people/ the secrets). */
typedef struct {
    const char *code; /* 10 characters */
    int64_t expires_ms;
} GwVisitCode;

/* A new code for a visit; earlier codes and cookies of it are void. Only its SHA-256 is stored. */
char *gw_people_new_visit_code(GwPeople *self, const char *visit, int64_t expires_ms);
void gw_people_revoke_visit(GwPeople *self, const char *visit); /* the visit has ended for good */

/* Asked by people/ when a family code or cookie is used; answered by visits/. */
typedef struct {
    bool (*visit_is_open)(const char *visit, void *user_data); /* it exists and is not over */
    bool (*visit_is_held)(const char *visit, void *user_data); /* another device is connected as the family */
    JsonObject *(*visit_to_json)(const char *visit, GwSeat seat, void *user_data); /* NULL: no such visit */
    JsonObject *(*terminal_visit)(const char *terminal, void *user_data); /* what it should answer now, or NULL */
} GwVisitLookup;

void gw_people_set_visit_lookup(GwPeople *self, const GwVisitLookup *lookup, void *user_data);

/* Other systems that come with a Bearer token: whose it is, answered by cases/. Its strings are borrowed until the next turn of the
 * loop. */
typedef struct {
    const char *id, *name, *unit;
    uint32_t access;
} GwPlatformSeat;

typedef bool (*GwPlatformLookup)(const char *secret, GwPlatformSeat *ret_seat, void *user_data);
void gw_people_set_platform_lookup(GwPeople *self, GwPlatformLookup lookup, void *user_data);

/* Media tokens (WHIP, WHEP): "*" for every session or party only from the command line. */
typedef struct {
    const char *session, *party; /* ids or "*" */
    bool may_publish, may_play;
    const char *who; /* for audit */
} GwMediaToken;

char *gw_people_new_media_token(GwPeople *self, const GwMediaToken *grant, int64_t ttl_s);
/* The grant of a Bearer token on this request; NULL when there is none or it has expired. Borrowed. */
const GwMediaToken *gw_people_get_media_token(GwPeople *self, SigHttp *http);

G_END_DECLS
