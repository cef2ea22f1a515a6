/* gateway/people/directory.h - units, persons and terminals: in memory, written through
 *
 * Checks and changes; no rights (its callers have them) and no secrets but the password hash.
 * Ownership: people/. Thread: main. Strings that are returned are borrowed and live until the object is changed. */
#pragma once

#include "gateway/people/people.h"

G_BEGIN_DECLS

typedef struct GwDirectory GwDirectory;

enum {
    GW_DIRECTORY_MAX_UNITS = 20000,
    GW_DIRECTORY_MAX_PERSONS = 50000,
    GW_DIRECTORY_MAX_TERMINALS = 50000,
    GW_DIRECTORY_MAX_ERRORS = 10, /* of a terminal, the last ones */
    GW_DIRECTORY_MAX_NAME = 64,   /* of a person, to sign in with */
};

typedef struct {
    char *parent, *name;       /* parent NULL: a root */
    int64_t from_ms, until_ms; /* from_ms 0: since ever */
} GwPlace;

typedef struct {
    GwUnit public;     /* first */
    GPtrArray *places; /* GwPlace: where it was before, oldest first */
} GwUnitRecord;

typedef struct {
    GwPerson public; /* first */
    char *password;  /* Argon2id string; NULL: none, only links */
    int64_t last_seen_ms;
    GPtrArray *posts;  /* GwPost, the main one first; see posts.h */
    uint32_t in_force; /* which of them, bit by bit, when last looked */
} GwPersonRecord;

typedef struct {
    GwTerminal public; /* first */
    GQueue errors;     /* char *, oldest first */
} GwTerminalRecord;

/* Loads (blocks: start-up). */
GwDirectory *gw_directory_new(GwStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_directory_free(GwDirectory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDirectory, gw_directory_free)

GwStore *gw_directory_get_store(GwDirectory *self);
void gw_directory_write(GwDirectory *self, GwStatement *statement); /* takes statement */
/* What is written between the two goes to the disk in one transaction, all or nothing. */
void gw_directory_begin(GwDirectory *self);
void gw_directory_end(GwDirectory *self);
bool gw_directory_is_batch(const GwDirectory *self);
const GwUnit *gw_directory_get_unit(GwDirectory *self, const char *id); /* first in a GwUnitRecord */
GwPersonRecord *gw_directory_get_person(GwDirectory *self, const char *id);
GwTerminalRecord *gw_directory_get_terminal(GwDirectory *self, const char *id);
/* By id or by name (a unit's and a terminal's name must be the only one of that name). NULL: none, or several. */
const GwUnit *gw_directory_find_unit(GwDirectory *self, const char *name);
GwPersonRecord *gw_directory_find_person(GwDirectory *self, const char *name);
GwTerminalRecord *gw_directory_find_terminal(GwDirectory *self, const char *name);
bool gw_directory_covers(GwDirectory *self, const char *unit, const char *below);

/* In the order in which they were made. Borrowed: GwUnit, GwPersonRecord, GwTerminalRecord. */
const GPtrArray *gw_directory_list_units(GwDirectory *self);
const GPtrArray *gw_directory_list_persons(GwDirectory *self);
const GPtrArray *gw_directory_list_terminals(GwDirectory *self);

/* id NULL: a new one. Borrowed strings. Fail with SIG_ERROR. */
typedef struct {
    const char *id, *name, *name_en, *tier, *parent;
    const char *areas; /* townships that it serves, separated by ';'; may be NULL */
} GwNewUnit;
typedef struct {
    const char *id, *name, *display, *unit, *role;
} GwNewPerson;
typedef struct {
    const char *id, *name, *unit;
} GwNewTerminal;
const GwUnit *gw_directory_add_unit(GwDirectory *self, const GwNewUnit *unit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GwPersonRecord *gw_directory_add_person(GwDirectory *self, const GwNewPerson *person,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
GwTerminalRecord *gw_directory_add_terminal(GwDirectory *self, const GwNewTerminal *terminal,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Somebody else made or opened the account now. */
void gw_directory_set_fresh(GwDirectory *self, GwPersonRecord *person, int64_t now_ms);
void gw_directory_set_disabled(GwDirectory *self, GwPersonRecord *person, bool disabled);
void gw_directory_set_password(GwDirectory *self, GwPersonRecord *person, const char *encoded);
void gw_directory_person_seen(GwDirectory *self, GwPersonRecord *person, int64_t now_ms);
/* Remembers; write it down with _save. */
void gw_directory_add_terminal_error(GwTerminalRecord *terminal, const char *error);
void gw_directory_save_terminal(GwDirectory *self, const GwTerminalRecord *terminal);

/* "officer", "administrator", "security", "auditor", "procurator", "inspector", "office" */
extern const char *const gw_roles[]; /* NULL-terminated */
const char *gw_role_to_string(uint32_t access);
uint32_t gw_role_from_string(const char *name); /* 0: there is none */
JsonArray *gw_roles_to_json(uint32_t access);   /* owned */

G_END_DECLS
