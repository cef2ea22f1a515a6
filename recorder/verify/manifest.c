#include "recorder/verify/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_MANIFEST_BYTES = 16 * 1024 * 1024,
    MAX_SIGNED_BYTES = 16 * 1024 * 1024,
    READ_BYTES = 256 * 1024,
    MAX_GAPS = 100000
};
static const int64_t SLACK_US = 60 * 1000000LL;

static const char *const causes[] = { "network", "node", "recorder", "muted", "paused", "left", "terminal" };

void
ver_case_clear(VerCase *self)
{
    ver_source_free(self->source);
    ver_report_free(self->report);
    ver_keys_clear(&self->trust.anchors);
    ver_keys_clear(&self->keys);
    ver_json_free(self->doc);
    free(self->checkpoint.data);
    free(self->consistency.data);
    free(self->tsa.data);
    free(self->files);
}

bool
ver_hash_entry(VerCase *self, const VerZipEntry *entry, uint64_t from, uint64_t size, VerSums *ret_sums)
{
    VerHash *sha256 = ver_hash_new(VER_SHA256), *sm3 = ver_hash_new(VER_SM3);
    uint8_t *buffer = ver_alloc(READ_BYTES, 1);
    uint32_t crc32 = 0;
    bool read = entry && size <= entry->size && from <= entry->size - size, whole = read && size == entry->size;

    for (uint64_t at = 0; read && at < size; at += READ_BYTES) {
        size_t n = size - at < READ_BYTES ? (size_t)(size - at) : READ_BYTES;
        read = ver_source_read(self->source, entry, from + at, buffer, n);
        ver_hash_add(sha256, buffer, read ? n : 0);
        ver_hash_add(sm3, buffer, read ? n : 0);
        crc32 = whole ? ver_crc32(crc32, buffer, read ? n : 0) : 0;
    }
    ver_hash_finish(sha256, ret_sums->sha256);
    ver_hash_finish(sm3, ret_sums->sm3);
    ver_hash_free(sha256);
    ver_hash_free(sm3);
    free(buffer);
    if (read && whole && ver_source_get_folder(self->source) < 0 && crc32 != entry->crc32)
        ver_report_fail(self->report, VER_CHECK_PACKAGE, VER_WORD_CRC, &(VerWhere){ .file = entry->name });
    return read;
}

void
ver_check_entry(VerCase *self, VerCheck check, const VerZipEntry *entry, int64_t bytes, const VerSums *wanted,
                const VerWhere *where)
{
    VerSums found;

    if (!entry || !ver_hash_entry(self, entry, 0, entry->size, &found)) {
        ver_report_fail(self->report, check, VER_WORD_MISSING, where);
        return;
    }
    if ((int64_t)entry->size != bytes)
        ver_report_fail(self->report, check, VER_WORD_SIZE, where);
    if (memcmp(found.sha256, wanted->sha256, VER_HASH_BYTES) != 0)
        ver_report_fail(self->report, check, VER_WORD_SHA256, where);
    if (memcmp(found.sm3, wanted->sm3, VER_HASH_BYTES) != 0)
        ver_report_fail(self->report, check, VER_WORD_SM3, where);
}

static void
load_keys(VerCase *self)
{
    for (size_t i = 0; i < ver_source_count(self->source); i++) {
        const char *name = ver_source_get(self->source, i)->name;
        size_t size;
        if (strncmp(name, "keys/", 5) != 0)
            continue;
        char *data = ver_source_load(self->source, name, VER_CERTIFICATE_MAX_BYTES, &size);
        if (!data || !ver_keys_add(&self->keys, name, data, size))
            ver_report_fail(self->report, VER_CHECK_CERTIFICATES, VER_WORD_BAD_CERTIFICATE,
                            &(VerWhere){ .file = name });
        free(data);
    }
}

void
ver_check_signer(VerCase *self, const VerKey *key, int64_t at_us)
{
    const VerWhere where = { .file = key->name };

    if (!ver_key_is_valid_at(key, at_us))
        ver_report_fail(self->report, VER_CHECK_CERTIFICATES, VER_WORD_CERTIFICATE_DATE, &where);
    bool given = self->trust.anchors.n > 0 || self->trust.n_hashes > 0;
    VerTrusted trusted = given ? ver_trust_judge(&self->trust, &self->keys, key, at_us) : VER_TRUST_UNKNOWN;
    if (trusted == VER_NOT_TRUSTED)
        ver_report_fail(self->report, VER_CHECK_SIGNER, VER_WORD_NOT_TRUSTED, &where);
    else if (trusted == VER_TRUST_UNKNOWN)
        ver_report_skip(self->report, VER_CHECK_SIGNER, given ? VER_WORD_TRUST_UNKNOWN : VER_WORD_NO_TRUST, &where);
}

void
ver_check_signatures(VerCase *self, const char *stem, const VerCheck checks[2], int64_t at_us)
{
    static const char *const suffixes[] = { "ed25519", "sm2" };
    static const VerKeyKind kinds[] = { VER_ED25519, VER_SM2 };
    char name[64], signature_name[64];
    size_t size, n;

    snprintf(name, sizeof name, "%s.json", stem);
    char *data = ver_source_load(self->source, name, MAX_SIGNED_BYTES, &size);
    for (unsigned i = 0; data && i < 2; i++) {
        const VerJson *named = strcmp(stem, "manifest") == 0 ? ver_json_get(self->manifest, "keys") : NULL;
        const VerKey *signer = named ? ver_keys_find(&self->keys, ver_json_text(named, suffixes[i])) : NULL;
        snprintf(signature_name, sizeof signature_name, "%s.%s", stem, suffixes[i]);
        const VerWhere where = { .file = signature_name };
        char *signature = ver_source_load(self->source, signature_name, VER_SIGNATURE_MAX, &n);
        for (size_t k = 0; !named && signature && k < self->keys.n; k++) { /* a later key of the node may have signed */
            const VerKey *key = &self->keys.keys[k];
            if (key->kind == kinds[i] && (!signer || ver_key_verify(key, data, size, signature, n)))
                signer = key;
        }
        if (!signature)
            ver_report_fail(self->report, checks[i], VER_WORD_NO_SIGNATURE, &where);
        else if (!signer || signer->kind != kinds[i])
            ver_report_fail(self->report, checks[i], VER_WORD_NO_CERTIFICATE, &where);
        else if (!ver_key_verify(signer, data, size, signature, n))
            ver_report_fail(self->report, checks[i], VER_WORD_BAD_SIGNATURE, &where);
        if (signer)
            ver_check_signer(self, signer, at_us);
        free(signature);
    }
    ver_report_done(self->report, checks[0]);
    ver_report_done(self->report, checks[1]);
    free(data);
}

bool
ver_read_sums(const VerJson *object, VerSums *ret_sums)
{
    return ver_unhex(ver_json_text(object, "sha256"), ret_sums->sha256) &&
           ver_unhex(ver_json_text(object, "sm3"), ret_sums->sm3);
}

static bool
read_files(VerCase *self)
{
    self->files = ver_alloc(VER_MAX_FILES, sizeof *self->files);
    for (const VerJson *listed = ver_json_first(self->manifest, "files"); listed; listed = listed->next) {
        if (self->n_files == VER_MAX_FILES)
            return false;
        VerFile *file = &self->files[self->n_files];
        file->name = ver_json_text(listed, "file");
        file->track = ver_json_text(listed, "track");
        file->bytes = ver_json_number(listed, "bytes");
        file->n_chunks = ver_json_number(listed, "chunks");
        file->first_leaf = ver_json_number(listed, "first_leaf");
        if (!file->name || !file->track || file->bytes < 0 || file->n_chunks < 0 || file->first_leaf < 0 ||
            !ver_read_sums(listed, &file->sums))
            return false;
        snprintf(file->path, sizeof file->path, "media/%.250s", file->name);
        file->entry = ver_source_find(self->source, file->path);
        self->n_files++;
    }
    return ver_json_get(self->manifest, "files") != NULL;
}

static void
check_documents(VerCase *self)
{
    static const char *const needed[] = { "recording.json", "leaves.jsonl" };
    VerSums wanted;

    for (unsigned i = 0; i < 2; i++) {
        const VerJson *listed = ver_json_first(self->manifest, "documents");
        const VerZipEntry *entry = ver_source_find(self->source, needed[i]);
        const VerWhere where = { .file = needed[i] };
        while (listed && !ver_json_is(listed, "file", needed[i]))
            listed = listed->next;
        if (!ver_read_sums(listed, &wanted))
            entry = NULL;
        ver_check_entry(self, VER_CHECK_DOCUMENTS, entry, ver_json_number(listed, "bytes"), &wanted, &where);
    }
    ver_report_done(self->report, VER_CHECK_DOCUMENTS);
}

static bool
is_cause(const VerJson *gap)
{
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (ver_json_is(gap, "cause", causes[i]))
            return true;
    }
    return false;
}

typedef struct {
    int64_t from, to;
} Gap;

static int
compare_gaps(const void *a, const void *b)
{
    const Gap *first = a, *second = b;

    return first->from < second->from ? -1 : first->from > second->from;
}

/* Gaps of one party lie within the recording, have a known cause, and add up to what is said to be missing: each moment once,
 * where several tracks miss it. */
static void
check_party(VerCase *self, const VerJson *party)
{
    const VerJson *completeness = ver_json_get(party, "completeness");
    const VerWhere where = { .detail = ver_json_text(party, "id") };
    int64_t latest = ver_json_number(self->manifest, "duration_us") + SLACK_US, sum = 0, until = 0;
    Gap *gaps = ver_alloc(MAX_GAPS, sizeof *gaps);
    size_t n = 0;
    bool known = true;

    for (const VerJson *gap = ver_json_first(completeness, "gaps"); gap && known; gap = gap->next) {
        gaps[n] = (Gap){ ver_json_number(gap, "from_us"), ver_json_number(gap, "to_us") };
        known =
            gaps[n].from >= 0 && gaps[n].to >= gaps[n].from && gaps[n].to <= latest && is_cause(gap) && ++n < MAX_GAPS;
    }
    qsort(gaps, n, sizeof *gaps, compare_gaps);
    for (size_t i = 0; i < n; i++) {
        sum += gaps[i].to > until ? gaps[i].to - (gaps[i].from > until ? gaps[i].from : until) : 0;
        until = gaps[i].to > until ? gaps[i].to : until;
    }
    free(gaps);
    if (!known)
        ver_report_fail(self->report, VER_CHECK_COMPLETENESS, VER_WORD_BAD_GAP, &where);
    else if (ver_json_number(completeness, "missing_us") != sum || ver_json_number(completeness, "expected_us") < sum)
        ver_report_fail(self->report, VER_CHECK_COMPLETENESS, VER_WORD_GAP_SUM, &where);
}

static void
check_times(VerCase *self)
{
    int64_t began = ver_json_number(self->manifest, "began_us"),
            duration = ver_json_number(self->manifest, "duration_us");

    if (self->opened_us < 0 || began < 0 || duration < 0 || self->ended_us < self->opened_us ||
        began < self->opened_us - SLACK_US || began > self->ended_us + SLACK_US ||
        self->made_us < self->ended_us - SLACK_US)
        ver_report_fail(self->report, VER_CHECK_TIME, VER_WORD_TIMES_DISAGREE, NULL);
}

static bool
read_manifest(VerCase *self, const char *data, size_t size)
{
    self->doc = ver_json_new();
    self->manifest = ver_json_read(self->doc, data, size);
    const VerJson *session = ver_json_get(self->manifest, "session");
    self->session = ver_json_text(session, "id");
    self->origin = ver_json_text(ver_json_get(self->manifest, "log"), "origin");
    self->opened_us = ver_json_number(session, "opened_us");
    self->ended_us = ver_json_number(session, "ended_us");
    self->made_us = ver_json_number(self->manifest, "made_us");
    return ver_json_is(self->manifest, "format", "yuanjian-manifest/1") && self->session && self->origin &&
           self->made_us >= 0 && ver_json_is(session, "class", "recorded") && read_files(self);
}

bool
ver_check_manifest(VerCase *self)
{
    static const VerCheck checks[] = { VER_CHECK_ED25519, VER_CHECK_SM2 };
    uint8_t hash[VER_HASH_BYTES];
    size_t size;
    char *data = ver_source_load(self->source, "manifest.json", MAX_MANIFEST_BYTES, &size);

    bool parsed = data && read_manifest(self, data, size);
    if (!parsed) {
        ver_report_fail(self->report, VER_CHECK_MANIFEST, data ? VER_WORD_BAD_MANIFEST : VER_WORD_MISSING,
                        &(VerWhere){ .file = "manifest.json" });
        free(data);
        return false;
    }
    ver_hash_of(VER_SHA256, data, size, hash);
    ver_hex(hash, self->sha256);
    ver_hash_of(VER_SM3, data, size, hash);
    ver_hex(hash, self->sm3);
    free(data);
    ver_report_set_session(self->report, self->session);
    ver_report_done(self->report, VER_CHECK_MANIFEST);
    load_keys(self);
    ver_check_signatures(self, "manifest", checks, self->made_us);
    check_times(self);
    check_documents(self);
    for (const VerJson *party = ver_json_first(self->manifest, "parties"); party; party = party->next)
        check_party(self, party);
    ver_report_done(self->report, VER_CHECK_COMPLETENESS);
    return true;
}
