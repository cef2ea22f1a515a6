#include "recorder/verify/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/verify/token.h"

static const int64_t FAST_CLOCK_US = 60 * 1000000LL; /* the node's clock may be that far ahead of the authority's */
static const int64_t LONGEST_WAIT_US = 24 * 3600 * 1000000LL; /* an authority is asked at the close, then every hour */

/* The stamped checkpoint holds the manifest: it is the package's, or there is a proof of its own. */
static VerWord
check_stamped(VerCase *self, const VerBytes *stamped, const char *size_text)
{
    char name[128];
    uint8_t hash[VER_HASH_BYTES];
    size_t size = 0, n_proof = 0, n_leaf = 0;
    VerCheckpoint checkpoint;
    VerLogProof proof;
    char *own = ver_source_load(self->source, "log/checkpoint", VER_NOTE_MAX_BYTES, &size);
    char *leaf = ver_source_load(self->source, "log/manifest.json", VER_NOTE_MAX_BYTES, &n_leaf);

    snprintf(name, sizeof name, "time/manifest-%.40s.tlog-proof", size_text);
    char *data = ver_source_load(self->source, name, VER_NOTE_MAX_BYTES, &n_proof);
    VerWord word = VER_WORD_NONE;
    if (!ver_checkpoint_parse(stamped->data, stamped->size, &checkpoint) ||
        strcmp(checkpoint.origin, self->origin) != 0) {
        word = VER_WORD_BAD_CHECKPOINT;
    } else if (!own || size != stamped->size || memcmp(own, stamped->data, size) != 0) {
        if (leaf)
            ver_leaf_hash(leaf, n_leaf, hash);
        if (!data || !leaf)
            word = VER_WORD_NO_TIME_PROOF;
        else if (!ver_log_proof_parse(data, n_proof, &proof) ||
                 !ver_proof_includes(&proof.proof, proof.index, hash, &checkpoint.head))
            word = VER_WORD_NOT_IN_LOG;
    }
    free(own);
    free(leaf);
    free(data);
    return word;
}

static void
judge_time(VerCase *self, int64_t at_us, const char *name)
{
    char detail[VER_TIME_SIZE];

    ver_time(at_us, detail);
    if (at_us < self->made_us - FAST_CLOCK_US || at_us > self->made_us + LONGEST_WAIT_US)
        ver_report_fail(self->report, VER_CHECK_TIME, VER_WORD_BACKDATED,
                        &(VerWhere){ .file = name, .detail = detail });
}

static void
check_token(VerCase *self, const char *name)
{
    const VerWhere where = { .file = name };
    char stamped[VER_ZIP_MAX_NAME + 1];
    VerBytes token = { 0 }, over = { 0 }, own = { 0 }, roots = { self->tsa.data, self->tsa.size };
    int64_t at_us = 0;

    snprintf(stamped, sizeof stamped, "%.*s", (int)strlen(name) - 4, name);
    char *held[] = { ver_source_load(self->source, name, VER_TOKEN_MAX_BYTES, &token.size),
                     ver_source_load(self->source, stamped, VER_NOTE_MAX_BYTES, &over.size),
                     ver_source_load(self->source, "time/tsa.pem", VER_CERTIFICATE_MAX_BYTES, &own.size) };
    token.data = held[0];
    over.data = held[1];
    own.data = held[2] ? held[2] : "";
    if (!roots.data)
        roots = own;
    VerWord word = !token.data || !over.data ? VER_WORD_MISSING : ver_token_verify(&token, &over, &roots, &own, &at_us);
    bool by_another = word == VER_WORD_TOKEN_SIGNATURE && self->tsa.data && /* good, but not of whom was given */
                      ver_token_verify(&token, &over, &own, &own, &at_us) == VER_WORD_NONE;
    VerWord link =
        word == VER_WORD_NONE ? check_stamped(self, &over, stamped + strlen("time/checkpoint-")) : VER_WORD_NONE;
    if (by_another)
        ver_report_fail(self->report, VER_CHECK_AUTHORITY, word, &where);
    else if (word != VER_WORD_NONE || (link != VER_WORD_NONE && link != VER_WORD_NO_TIME_PROOF))
        ver_report_fail(self->report, VER_CHECK_TOKEN, word != VER_WORD_NONE ? word : link, &where);
    else if (link != VER_WORD_NONE)
        ver_report_skip(self->report, VER_CHECK_TOKEN, link, &where);
    else
        judge_time(self, at_us, name);
    for (unsigned i = 0; i < 3; i++)
        free(held[i]);
}

void
ver_check_time(VerCase *self)
{
    unsigned n_tokens = 0;

    for (size_t i = 0; i < ver_source_count(self->source); i++) {
        const char *name = ver_source_get(self->source, i)->name, *suffix = strrchr(name, '.');
        if (strncmp(name, "time/checkpoint-", 16) != 0 || !suffix || strcmp(suffix, ".tsr") != 0)
            continue;
        n_tokens++;
        check_token(self, name);
    }
    if (n_tokens == 0) {
        ver_report_skip(self->report, VER_CHECK_TOKEN, VER_WORD_NO_TOKEN, NULL);
        ver_report_skip(self->report, VER_CHECK_TIME, VER_WORD_NO_TOKEN, NULL);
    }
    if (n_tokens == 0 || !self->tsa.data)
        ver_report_skip(self->report, VER_CHECK_AUTHORITY, n_tokens == 0 ? VER_WORD_NO_TOKEN : VER_WORD_NO_TSA_GIVEN,
                        NULL);
    ver_report_done(self->report, VER_CHECK_TOKEN);
    ver_report_done(self->report, VER_CHECK_AUTHORITY);
    ver_report_done(self->report, VER_CHECK_TIME);
}

static bool
is_listed(const VerJson *receipt, const char *name)
{
    for (const VerJson *listed = ver_json_first(receipt, "entries"); listed; listed = listed->next) {
        if (ver_json_is(listed, "name", name))
            return true;
    }
    return false;
}

/* Of the manifest's list; n_files: it is none of them. */
static size_t
find_file(const VerCase *self, const VerZipEntry *entry)
{
    size_t i = 0;

    while (i < self->n_files && self->files[i].entry != entry)
        i++;
    return i;
}

static void
check_listed(VerCase *self, const VerJson *listed)
{
    const char *name = ver_json_text(listed, "name");
    const VerZipEntry *entry = name ? ver_source_find(self->source, name) : NULL;
    size_t file = find_file(self, entry);
    VerSums sums = { 0 };
    VerWord word = VER_WORD_NONE;
    char hex[VER_HEX_SIZE];

    if (!entry)
        word = VER_WORD_MISSING;
    else if (ver_json_number(listed, "bytes") != (int64_t)entry->size)
        word = VER_WORD_SIZE;
    else if (file < self->n_files) /* hashed already, and compared with the manifest */
        sums = self->files[file].sums;
    else if (!ver_hash_entry(self, entry, 0, entry->size, &sums))
        word = VER_WORD_SHA256;
    ver_hex(sums.sha256, hex);
    if (word == VER_WORD_NONE && !ver_json_is(listed, "sha256", hex))
        word = VER_WORD_SHA256;
    if (word != VER_WORD_NONE)
        ver_report_fail(self->report, VER_CHECK_RECEIPT, word, &(VerWhere){ .file = name });
}

/* The receipt names every entry but itself and its signatures; media must be the manifest's, too. */
static void
check_entries(VerCase *self, const VerJson *receipt)
{
    for (const VerJson *listed = ver_json_first(receipt, "entries"); listed; listed = listed->next)
        check_listed(self, listed);
    for (size_t i = 0; i < ver_source_count(self->source); i++) {
        const VerZipEntry *entry = ver_source_get(self->source, i);
        bool known = strncmp(entry->name, "receipt.", 8) == 0 || is_listed(receipt, entry->name);
        known = known && (strncmp(entry->name, "media/", 6) != 0 || find_file(self, entry) < self->n_files);
        if (!known)
            ver_report_fail(self->report, VER_CHECK_RECEIPT, VER_WORD_UNEXPECTED, &(VerWhere){ .file = entry->name });
    }
}

void
ver_check_receipt(VerCase *self)
{
    static const VerCheck checks[] = { VER_CHECK_RECEIPT, VER_CHECK_RECEIPT };
    const VerWhere where = { .file = "receipt.json" };
    VerJsonDoc *doc = ver_json_new();
    size_t size = 0;
    char *data = ver_source_load(self->source, "receipt.json", VER_RECEIPT_MAX_BYTES, &size);
    const VerJson *receipt = data ? ver_json_read(doc, data, size) : NULL;

    if (!ver_json_is(receipt, "format", "yuanjian-receipt/1")) {
        ver_report_fail(self->report, VER_CHECK_RECEIPT, data ? VER_WORD_BAD_RECEIPT : VER_WORD_MISSING, &where);
    } else {
        ver_check_signatures(self, "receipt", checks, ver_json_number(receipt, "at_us"));
        if (!ver_json_is(receipt, "session", self->session) || !ver_json_is(receipt, "manifest_sha256", self->sha256) ||
            ver_json_number(receipt, "at_us") < self->made_us - FAST_CLOCK_US)
            ver_report_fail(self->report, VER_CHECK_RECEIPT, VER_WORD_LEAF_DISAGREES, &where);
        check_entries(self, receipt);
    }
    ver_report_done(self->report, VER_CHECK_RECEIPT);
    ver_json_free(doc);
    free(data);
}
