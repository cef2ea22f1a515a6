/* gateway/question.h - one question of a page, an HTTP request, the owner's socket or a test, answered step by step
 *
 * Each step is called when the store, the log or the disk has answered; the last one replies or fails, which frees the question.
 * A failing store or log ends it by itself with "unavailable". What the steps of one method keep lies in data.
 * Ownership: whoever runs a step. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/gateway.h"

G_BEGIN_DECLS

typedef struct GwQuestion GwQuestion;
typedef void (*GwQuestionStep)(GwQuestion *question);
typedef void (*GwQuestionRows)(GwQuestion *question, const GwRows *rows);
typedef void (*GwQuestionDone)(JsonObject *result, const GError *error, void *user_data); /* both borrowed */

/* user_data of a method or a route; borrowed as long as any question of it. */
typedef struct {
    const Gateway *gateway;
    void *subject; /* whose question it is: GwSpotchecks ... */
    GwQuestionStep run;
} GwQuestionRow;

/* A row of the methods; method.handle is gw_question_on_request. */
typedef struct {
    SigMethod method;
    GwQuestionStep run;
} GwQuestionMethod;

struct GwQuestion {
    GwQuestionRow row;
    GwIdentity identity; /* its strings are owned; of a route that is open to anybody: audit "nobody" alone */
    char *address;
    JsonObject *params, *result; /* owned */
    GBytes *body;                /* owned; of an upload, else NULL */
    char *object;                /* owned; what the log says it is about */
    void *data;                  /* of the steps, freed by release */
    GDestroyNotify release;
    /* Private: where the answer goes, and on. */
    SigRequest *request;
    GwAdminRequest *admin;
    SigHttp *http;
    GwQuestionDone done;
    void *done_data;
    GwQuestionStep next;
    GwQuestionRows rows;
};

/* A subject's tables: each ends with { { NULL }, NULL }, the last is NULL. */
typedef const GwQuestionMethod *const *GwQuestionTables;

/* Puts their methods into the server; what rows needs is owned by keep. */
void gw_question_add_methods(const GwQuestionRow *of, GwQuestionTables tables, GPtrArray *keep);
const GwQuestionMethod *gw_question_find_method(GwQuestionTables tables, const char *name); /* NULL: there is none */
void gw_question_on_request(SigRequest *request, JsonObject *params, void *user_data);
/* params: borrowed; body: borrowed, may be NULL. */
void gw_question_on_http(SigHttp *http, const GwQuestionRow *row, JsonObject *params, GBytes *body);
/* Of the owner, whom the log calls "owner". params: borrowed. */
void gw_question_on_command(GwAdminRequest *request, const GwQuestionRow *row, JsonObject *params);
/* From inside: params and identity are copied. */
void gw_question_run(const GwQuestionRow *row, const GwIdentity *identity, JsonObject *params, GBytes *body,
                     GwQuestionDone done, void *user_data);

/* A page gets the result now and the rest by events; the question goes on. Everybody else waits. */
void gw_question_answer_early(GwQuestion *self);

/* Each ends the question. A step that answers http itself takes it away and ends with _reply(). */
void gw_question_reply(GwQuestion *self);
void gw_question_reply_file(GwQuestion *self, const char *path, const char *content_type); /* of a route */
void gw_question_fail(GwQuestion *self, SigError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* With its own reason word, of a route. */
void gw_question_refuse(GwQuestion *self, SigError code, const char *reason, const char *message);
void gw_question_fail_error(GwQuestion *self, const GError *error);
void gw_question_drop(GwQuestion *self); /* nobody is answered any more */

/* Parameters; borrowed, NULL, 0 or false when absent. */
const char *gw_question_get(const GwQuestion *self, const char *name);
int64_t gw_question_get_int(const GwQuestion *self, const char *name);
bool gw_question_get_bool(const GwQuestion *self, const char *name);
bool gw_question_reaches(const GwQuestion *self, uint32_t access, const char *unit);

/* data is taken; what was there before is freed. */
void gw_question_set_data(GwQuestion *self, void *data, GDestroyNotify release);
void gw_question_set_object(GwQuestion *self, const char *kind, const char *id); /* "kind:id" */

/* Steps. Statements are taken. */
void gw_question_query(GwQuestion *self, GwStatement *statement, GwQuestionRows rows);
/* All or none. conflict: somebody was first; NULL: as any other failure. */
void gw_question_write(GwQuestion *self, GPtrArray *statements, GwQuestionStep next, GwQuestionStep conflict);
/* Fail closed: next runs when the entry is in the log. detail: taken. */
void gw_question_log(GwQuestion *self, const char *action, JsonObject *detail, GwQuestionStep next);
/* For what has been done, or may be told later. detail: taken. */
void gw_question_note(const GwQuestion *self, const char *action, JsonObject *detail);
/* The body becomes FOLDER/NAME, synced, on another thread. When gone is cancelled meanwhile, the question is dropped. */
void gw_question_keep_body(GwQuestion *self, const char *folder, const char *name, GCancellable *gone,
                           GwQuestionStep next);

G_END_DECLS
