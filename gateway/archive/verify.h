/* gateway/archive/verify.h - one archive.verify: all of a recording is read again and judged
 *
 *   verify.c          the method, progress, the answer; recordings of before, of which no package can be made
 *   verify-package.c  the package of now, in a file without a name, judged by yuanjian-verify
 * Thread: main. */
#pragma once

#include "gateway/archive/export.h"

G_BEGIN_DECLS

typedef struct {
    GwExportCopy copy; /* first: what an export's copy gives back */
    GwAsk *ask;
    char *session, *folder, *person, *program, *keys_dir, *tsa_ca;
    const RecKeyring *keyring; /* borrowed */
    RecKeys *keys;             /* a reference; NULL: there is no log */
    char *wrong[2];            /* of media and signatures, where it is read without a package */
    bool has_manifest;
    bool of_page; /* given up when the person has no page open any more */
    int64_t until_us;
    unsigned timer;
    GCancellable *gone;   /* a reference: the archive's */
    GSubprocess *process; /* owned; NULL: not yet */
    JsonObject *job;      /* params of its event */
} GwVerifying;

/* Each goes on with one of the two ends. */
void gw_verifying_run_package(GwVerifying *self);

/* The ends: the job is over, and freed. checks is taken. */
void gw_verifying_finish(GwVerifying *self, const char *verdict, JsonArray *checks);
void gw_verifying_fail(GwVerifying *self, const char *message);
void gw_verifying_free(GwVerifying *self); /* when the archive is gone */

JsonObject *gw_verifying_make_check(const char *name, const char *verdict, const char *detail);

G_END_DECLS
