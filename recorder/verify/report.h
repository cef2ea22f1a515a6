/* recorder/verify/report.h - what was found: PASS, FAIL or NOT COVERED per check, for people and for programs
 *
 * A check that nothing was said about is NOT COVERED. What comes from a package is printed as harmless ASCII. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "recorder/verify/words.h"

typedef struct {
    int32_t file; /* of the manifest */
    int64_t chunk, offset, bytes;
    int64_t pts_from_us, pts_to_us, wall_from_us, wall_to_us;
} VerChunk;

/* Where something was found; unset members are left out. Borrowed for the call. */
typedef struct {
    const char *file, *track, *detail;
    const VerChunk *chunk;
    const uint64_t *index; /* in the log */
} VerWhere;

typedef struct VerReport VerReport;

VerReport *ver_report_new(void);
void ver_report_free(VerReport *self);

void ver_report_set_session(VerReport *self, const char *session);
/* The check came to an end; it is a PASS if nothing else was found. */
void ver_report_done(VerReport *self, VerCheck check);
void ver_report_fail(VerReport *self, VerCheck check, VerWord word, const VerWhere *where);
void ver_report_skip(VerReport *self, VerCheck check, VerWord word, const VerWhere *where);

/* VER_EXIT_...; strict: NOT COVERED is "cannot tell". */
int ver_report_exit(const VerReport *self, bool strict);
bool ver_report_has_failed(const VerReport *self, VerCheck check);

typedef struct {
    const char *package;
    bool chinese, json, strict;
} VerStyle;

void ver_report_print(const VerReport *self, const VerStyle *style, FILE *out);
