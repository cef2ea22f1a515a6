/* gateway/supervisees/supervisees-priv.h - what the files of supervisees/ share
 *
 *   supervisees.c  building; the list, the pictures
 *   import.c       the list from a table */
#pragma once

#include "gateway/question.h"
#include "gateway/supervisees/supervisees.h"

G_BEGIN_DECLS

enum {
    GW_SUPERVISEES_MAX_ROWS = 500, /* of one answer */
    GW_SUPERVISEES_MAX_IMPORT = 5000,
    GW_SUPERVISEES_MAX_FAULTS = 200, /* told of one table */
};

struct GwSupervisees {
    const Gateway *gateway; /* borrowed */
    GwSubjects *subjects;   /* borrowed */
    char *dir;              /* DIR/supervisees */
    GPtrArray *rows;        /* GwQuestionRow, owned */
    GCancellable *gone;     /* cancelled when this is freed */
};

const GwQuestionMethod *gw_supervisees_find_method(const char *name); /* NULL: there is none */
void gw_supervisees_import(GwQuestion *question);

G_END_DECLS
