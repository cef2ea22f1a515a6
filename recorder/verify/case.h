/* recorder/verify/case.h - one verification: the package, what is trusted, and the checks in their order
 *
 * The checks of manifest.c read what the others compare with; each says in the report what it found. Ownership: main. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/json.h"
#include "recorder/verify/keys.h"
#include "recorder/verify/report.h"
#include "recorder/verify/source.h"

enum { VER_MAX_FILES = 4000, VER_MAX_CHUNKS = 1000000, VER_RECEIPT_MAX_BYTES = 4 * 1024 * 1024 };

/* Bytes that were given from outside the package; data is NULL: nothing was. */
typedef struct {
    char *data;
    size_t size;
} VerInput;

/* Of the same bytes. */
typedef struct {
    uint8_t sha256[VER_HASH_BYTES], sm3[VER_HASH_BYTES];
} VerSums;

typedef struct {
    const char *name, *track;        /* borrowed from the manifest */
    char path[VER_ZIP_MAX_NAME + 8]; /* in the package */
    const VerZipEntry *entry;        /* NULL: it is missing */
    int64_t bytes, n_chunks, first_leaf;
    VerSums sums;
} VerFile;

typedef struct {
    VerSource *source;
    VerReport *report;
    VerTrust trust;
    VerInput checkpoint, consistency, tsa;
    VerKeys keys; /* those in the package */
    /* of the manifest */
    VerJsonDoc *doc;
    const VerJson *manifest;
    const char *session, *origin;
    char sha256[VER_HEX_SIZE], sm3[VER_HEX_SIZE]; /* of manifest.json */
    int64_t opened_us, ended_us, made_us;
    VerFile *files;
    size_t n_files;
    bool redacted; /* the media was left out of this package on purpose, and a redaction is in its place */
} VerCase;

void ver_case_clear(VerCase *self);

/* False: there is no manifest that can be read, and nothing else is worth looking at. */
bool ver_check_manifest(VerCase *self);
void ver_check_derivatives(VerCase *self); /* and whether it is redacted */
void ver_check_media(VerCase *self);       /* leaves.jsonl and the files */
void ver_check_log(VerCase *self);
void ver_check_time(VerCase *self);
void ver_check_receipt(VerCase *self);

/* The bytes of a file from there on, hashed both ways; of a whole file its CRC-32 is looked at, too. False: they are not there, or
 * cannot be read. entry NULL: it is missing. */
bool ver_hash_entry(VerCase *self, const VerZipEntry *entry, uint64_t from, uint64_t size, VerSums *ret_sums);
bool ver_read_sums(const VerJson *object, VerSums *ret_sums);
/* Fails check when the entry is missing, or with its size and each sum that is another. */
void ver_check_entry(VerCase *self, VerCheck check, const VerZipEntry *entry, int64_t bytes, const VerSums *wanted,
                     const VerWhere *where);
/* Both detached signatures over a file of that time; each is judged under its check, and who signed as by the next. */
void ver_check_signatures(VerCase *self, const char *stem, const VerCheck checks[2], int64_t at_us);
/* For keys that signed something: validity at that time, and who they are. */
void ver_check_signer(VerCase *self, const VerKey *key, int64_t at_us);
