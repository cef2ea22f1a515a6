/* gateway/archive/ask.h - one question to the archive: gateway/question.h, and what only the archive's need
 *
 * The recording it is about, limited to whom the asker answers for; the node's log before anything that needs a trace; the
 * second person; and acting from the command line as somebody with a name. The same function answers a page (SigMethod),
 * the owner's socket (GwAdminCommand) and a test.
 * Ownership: whoever runs a step; the last one replies or fails, which frees it. Thread: main. */
#pragma once

#include "gateway/archive/asker.h"
#include "gateway/archive/entry.h"
#include "gateway/question.h"

G_BEGIN_DECLS

typedef struct GwArchive GwArchive;
typedef struct GwAsk GwAsk;
typedef void (*GwAskFunc)(GwAsk *ask);
typedef void (*GwAskRows)(GwAsk *ask, const GwRows *rows);

/* Makes one row of a list; NULL: that row is not in it. */
typedef JsonObject *(*GwAskToJson)(const GwAsk *ask, const GwRows *rows, unsigned row);

/* A list of what there is about a recording. */
typedef struct {
    const char *member;
    const char *select; /* SQL; ?1 is the session, ?2 the greatest number */
    GwAskToJson to_json;
} GwAskShown;

struct GwAsk {
    GwArchive *archive;
    GwQuestion *question; /* owns this; where the answer goes */
    GwAsker asker;
    JsonObject *params, *result; /* the question's */
    GwEntry *entry;              /* owned; of gw_ask_find() */
    int64_t leaf;                /* number of the last gw_ask_log() in the node's log; -1: it has none */
    /* For the steps of one method. */
    char *id;
    int64_t number;
    JsonObject *detail; /* owned */
    void *data;         /* not freed by this */
    GwAskFunc then;
    /* Private: where it goes on. */
    GwAskFunc next;
    GwAskRows rows;
    const GwAskShown *shown;
};

/* A row of the archive's methods; method.handle is gw_ask_on_request. */
typedef struct {
    SigMethod method;
    GwAskFunc run;
} GwArchiveMethod;

/* A row of its commands, done as a method is. acts: in the name of a person who has the right to that method, and who gives
 * name and password ("by", "password"); otherwise it is the owner who reads. */
typedef struct {
    const char *name, *method;
    bool acts;
} GwArchiveCommand;

/* user_data of both is a GwAskRow. */
typedef struct {
    GwArchive *archive;
    GwAskFunc run;
    bool acts;
    void *data;                 /* becomes the question's */
    uint32_t access;            /* of the method, for who acts */
    SigParam *params;           /* of the command, owned */
    GwAdminCommand commands[2]; /* what is handed to the socket; empty for a method */
} GwAskRow;

void gw_ask_on_request(SigRequest *request, JsonObject *params, void *user_data);
void gw_ask_on_command(GwAdminRequest *request, JsonObject *params, void *user_data);
/* From inside: params and asker are copied. */
void gw_ask_run(const GwAskRow *row, const GwAsker *asker, JsonObject *params, GwQuestionDone done, void *user_data);

/* Over HTTP: the answer is JSON, or whatever a step answers that takes http away and then ends with gw_ask_reply(). */
void gw_ask_on_http(SigHttp *http, const GwAskRow *row, JsonObject *params, void *data);
SigHttp *gw_ask_take_http(GwAsk *self);
bool gw_ask_is_of_page(const GwAsk *self); /* it hears events */

/* The same for GET of one thing: its id by its name in the path, and "range" of the request. */
void gw_ask_on_http_item(SigHttp *http, GwArchive *archive, const char *name, GwAskFunc run);

/* A page gets the result now and the rest by events; the question goes on. Everybody else waits. */
void gw_ask_answer_early(GwAsk *self);

/* Each ends the question. */
void gw_ask_reply(GwAsk *self);
void gw_ask_fail(GwAsk *self, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void gw_ask_fail_error(GwAsk *self, const GError *error);

/* The archive has gone: nobody is answered any more. */
void gw_ask_drop(GwAsk *self);

/* Parameters; borrowed, NULL, 0 or false when absent. */
const char *gw_ask_get(const GwAsk *self, const char *name);
int64_t gw_ask_get_int(const GwAsk *self, const char *name);
bool gw_ask_get_bool(const GwAsk *self, const char *name);

/* A list of the result. */
void gw_ask_list(GwAsk *self, const GwRows *rows, const char *name, GwAskToJson to_json);
/* The same without the rows whose unit (a column) the asker does not answer for. */
void gw_ask_list_covered(GwAsk *self, const GwRows *rows, unsigned unit, const char *name, GwAskToJson to_json);

/* Steps. Statements are taken. */
void gw_ask_query(GwAsk *self, GwStatement *statement, GwAskRows rows);
void gw_ask_write(GwAsk *self, GPtrArray *statements, GwAskFunc next); /* all or none */
/* The recording, if the asker may see it; otherwise the question fails as if there were none. */
void gw_ask_find(GwAsk *self, const char *session, GwAskFunc found);
/* What there is about the recording that was found is a member of the result; then next. */
void gw_ask_show(GwAsk *self, const GwAskShown *shown, GwAskFunc next);
/* Fail closed: next runs when the entry is on disk. detail: taken, may be NULL. object is "session:ID" of the entry when NULL. */
void gw_ask_log(GwAsk *self, const char *action, const char *object, JsonObject *detail, GwAskFunc next);
/* For what may be told later. */
void gw_ask_note(GwAsk *self, const char *action, const char *object, JsonObject *detail);

int64_t gw_ask_now_ms(const GwAsk *self);

/* False, and the question has failed (and that is on record): the asker is who asked for it, or not yet somebody else. */
bool gw_ask_is_second(GwAsk *self, const char *first);
/* For who looks: member name is whether the asker may decide what first asked for (NULL: nothing is open), and "approve_from_ms" is
 * there while his account is too new to agree. */
void gw_ask_tell_second(const GwAsk *self, JsonObject *object, const char *name, const char *first);

G_END_DECLS
