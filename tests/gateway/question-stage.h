/* tests/gateway/question-stage.h - questions asked without pages: a tree of units, persons in each tier, supervisees, keys, and a
 * time that stands still
 *
 * Header only: each test is one program. */
#pragma once

#include <string.h>

#include "gateway/people/people-priv.h"
#include "gateway/question.h"
#include "gateway/visits/subjects.h"
#include "scratch.h"
#include "signaling/params.h"

#define DAY_MS     (INT64_C(24) * 3600 * 1000)
#define STARTED_MS (INT64_C(1774447200) * 1000)

typedef struct {
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    RecKeyring *keyring;
    GwSubjects *subjects;
    int64_t now_ms, steady_ms;
    /* Of the last question. */
    JsonObject *result;
    GError *error;
    unsigned answered;
} QuestionStage;

static inline int64_t
question_stage_now(void *self)
{
    return ((QuestionStage *)self)->now_ms;
}

static inline int64_t
question_stage_steady(void *self)
{
    return ((QuestionStage *)self)->steady_ms * 1000;
}

static inline void
question_stage_go_on(QuestionStage *self, int64_t ms)
{
    self->now_ms += ms;
    self->steady_ms += ms;
}

/* city > county > office-1 ... office-9; other > office-x. Inspectors "i-city", "i-county", "i-other"; staff "o-office-1" ... */
static inline void
question_stage_furnish(QuestionStage *self)
{
    static const struct {
        const char *id, *tier, *parent;
    } units[] = {
        { "city", "city", NULL },           { "county", "county", "city" },     { "office-1", "office", "county" },
        { "office-2", "office", "county" }, { "office-3", "office", "county" }, { "office-4", "office", "county" },
        { "office-5", "office", "county" }, { "other", "county", "city" },      { "office-x", "office", "other" },
    };
    GwDirectory *directory = self->gateway.people->directory;
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        const GwNewUnit unit = { units[i].id, units[i].id, NULL, units[i].tier, units[i].parent };
        bool office = strcmp(units[i].tier, "office") == 0;
        g_autofree char *id = g_strconcat(office ? "o-" : "i-", units[i].id, NULL);
        const GwNewPerson person = { id, id, id, units[i].id, office ? "office" : "inspector" };
        g_assert_nonnull(gw_directory_add_unit(directory, &unit, &error));
        g_assert_nonnull(gw_directory_add_person(directory, &person, &error));
    }
    for (unsigned i = 1; i <= 3; i++) {
        g_autofree char *id = g_strdup_printf("s-%u", i);
        g_autofree char *office = g_strdup_printf("office-%u", i);
        const GwSubjectImport subject = { id, "许小满", id, office };
        g_assert_true(gw_subjects_add(self->subjects, &subject, &error));
    }
}

static inline void
question_stage_open(QuestionStage *self)
{
    g_autoptr(GError) error = NULL;

    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    self->now_ms = STARTED_MS;
    self->steady_ms = 1000000;
    self->config = (GwConfig){ .data_dir = self->scratch.dir };
    g_autofree char *keys = g_build_filename(self->scratch.dir, "keys", NULL);
    self->keyring = rec_keyring_new(keys, &error);
    g_assert_no_error(error);
    self->gateway = (Gateway){ .config = &self->config,
                               .store = self->scratch.store,
                               .audit = self->scratch.audit,
                               .people = self->scratch.people,
                               .keyring = self->keyring };
    self->subjects = gw_subjects_new(self->scratch.store, &error);
    g_assert_no_error(error);
    question_stage_furnish(self);
}

static inline void
question_stage_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        question_stage_remove(inner);
    }
    g_remove(path);
}

/* After the subject's own _free(). */
static inline void
question_stage_clear(QuestionStage *self)
{
    g_clear_pointer(&self->result, json_object_unref);
    g_clear_error(&self->error);
    gw_store_flush(self->scratch.store);
    gw_subjects_free(self->subjects);
    rec_keyring_free(self->keyring);
    scratch_close(&self->scratch);
    question_stage_remove(self->scratch.dir);
    g_free(self->scratch.path);
    g_free(self->scratch.dir);
}

static inline void
question_stage_on_answer(JsonObject *result, const GError *error, void *user_data)
{
    QuestionStage *self = user_data;

    self->answered++;
    g_clear_pointer(&self->result, json_object_unref);
    g_clear_error(&self->error);
    self->result = result != NULL ? json_object_ref(result) : NULL;
    self->error = error != NULL ? g_error_copy(error) : NULL;
}

/* person NULL: nobody. params: JSON. */
static inline bool
question_stage_run(QuestionStage *self, const GwQuestionRow *row, const char *person, const char *params, GBytes *body)
{
    const GwPerson *who = person != NULL ? gw_people_get_person(self->gateway.people, person) : NULL;
    g_autofree char *audit = g_strconcat("person:", person, NULL);
    g_autoptr(JsonNode) node = json_from_string(params, NULL);
    const GwIdentity identity = { .seat = GW_SEAT_CONSOLE,
                                  .access = who != NULL ? who->access : 0,
                                  .id = person,
                                  .display = person,
                                  .unit = who != NULL ? who->unit : NULL,
                                  .audit = audit };

    g_assert_nonnull(node);
    self->answered = 0;
    gw_question_run(row, who != NULL ? &identity : NULL, json_node_get_object(node), body, question_stage_on_answer,
                    self);
    while (self->answered == 0)
        g_main_context_iteration(NULL, TRUE);
    return self->error == NULL;
}

/* By the row of a method: its parameters are checked, and the person has the right to ask. */
static inline bool
question_stage_try(QuestionStage *self, void *subject, const GwQuestionMethod *method, const char *person,
                   const char *params)
{
    const GwQuestionRow row = { &self->gateway, subject, method->run };
    g_autoptr(JsonNode) node = json_from_string(params, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(node);
    g_assert_cmpuint(method->method.access & gw_people_get_person(self->gateway.people, person)->access, !=, 0);
    if (sig_params_check(method->method.params, json_node_get_object(node), &error))
        return question_stage_run(self, &row, person, params, NULL);
    question_stage_on_answer(NULL, error, self);
    return false;
}

/* "a.b.c" of the last answer. */
static inline JsonNode *
question_stage_get(const QuestionStage *self, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, ".", -1);
    JsonObject *object = self->result;
    JsonNode *node = NULL;

    for (unsigned i = 0; names[i] != NULL; i++) {
        g_assert_nonnull(object);
        node = json_object_get_member(object, names[i]);
        object = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    }
    return node;
}

static inline const char *
question_stage_text(const QuestionStage *self, const char *path)
{
    JsonNode *node = question_stage_get(self, path);

    return node != NULL ? json_node_get_string(node) : NULL;
}
