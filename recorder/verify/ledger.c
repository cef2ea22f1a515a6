#include "recorder/verify/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEAF_BYTES = 60000, MAX_AUDIT_BYTES = 64 * 1024 * 1024, MAX_AUDIT_LINE = 256 * 1024 };
static const int64_t CLOCK_SLACK_US = 600 * 1000000LL; /* between a manifest and its entry in the log */

typedef struct {
    char *data;
    size_t size;
    VerCheckpoint checkpoint;
} Head; /* log/checkpoint */

/* Every signature by the node must be good, one of each kind must be there; cosignatures of others are not looked at. */
static void
check_checkpoint(VerCase *self, const VerCheckpoint *checkpoint, VerCheck check, const char *file)
{
    const VerNote *note = &checkpoint->note;
    const VerWhere where = { .file = file };
    bool signed_by[2] = { false, false };
    char sm2_name[VER_ORIGIN_MAX + 8];

    snprintf(sm2_name, sizeof sm2_name, "%s/sm2", checkpoint->origin);
    if (strcmp(checkpoint->origin, self->origin) != 0)
        ver_report_fail(self->report, check, VER_WORD_ORIGIN, &where);
    for (size_t i = 0; i < note->n_signatures; i++) {
        const VerNoteSignature *signature = &note->signatures[i];
        const VerKey *key = NULL;
        if (strcmp(signature->name, checkpoint->origin) != 0 && strcmp(signature->name, sm2_name) != 0)
            continue;
        for (size_t k = 0; !key && k < self->keys.n; k++) {
            if (ver_key_signed_note(&self->keys.keys[k], note, signature))
                key = &self->keys.keys[k];
        }
        if (!key) {
            ver_report_fail(self->report, check, VER_WORD_BAD_SIGNATURE, &where);
            continue;
        }
        signed_by[key->kind == VER_SM2] = true;
        ver_check_signer(self, key, checkpoint->at_ms >= 0 ? checkpoint->at_ms * 1000 : self->made_us);
    }
    if (!signed_by[0] || !signed_by[1])
        ver_report_fail(self->report, check, VER_WORD_NO_SIGNATURE, &where);
}

static bool
check_inclusion(const Head *head, uint64_t index, const VerProof *proof, const char *leaf, size_t size)
{
    uint8_t hash[VER_HASH_BYTES];

    ver_leaf_hash(leaf, size, hash);
    return ver_proof_includes(proof, index, hash, &head->checkpoint.head);
}

/* log/STEM.json and its proof; *ret_index is set when it is in the log. NULL: it is not. The leaf is the caller's. */
static char *
load_leaf(VerCase *self, const Head *head, const char *stem, VerCheck check, uint64_t *ret_index)
{
    char name[64], proof_name[64];
    size_t size, n;
    VerLogProof proof;

    snprintf(name, sizeof name, "log/%s.json", stem);
    snprintf(proof_name, sizeof proof_name, "log/%s.tlog-proof", stem);
    char *leaf = ver_source_load(self->source, name, MAX_LEAF_BYTES, &size);
    char *data = ver_source_load(self->source, proof_name, VER_NOTE_MAX_BYTES, &n);
    VerWord word = VER_WORD_NONE;
    bool parsed = leaf && data && ver_log_proof_parse(data, n, &proof);
    if (!leaf || !data)
        word = VER_WORD_MISSING;
    else if (!parsed || strlen(leaf) != size)
        word = VER_WORD_BAD_PROOF;
    else if (proof.checkpoint_size != head->size || memcmp(proof.checkpoint, head->data, head->size) != 0)
        word = VER_WORD_OTHER_CHECKPOINT;
    else if (!check_inclusion(head, proof.index, &proof.proof, leaf, size))
        word = VER_WORD_NOT_IN_LOG;
    if (word != VER_WORD_NONE)
        ver_report_fail(self->report, check, word, &(VerWhere){ .file = leaf ? proof_name : name });
    if (parsed)
        *ret_index = proof.index;
    free(data);
    if (word == VER_WORD_NONE)
        return leaf;
    free(leaf);
    return NULL;
}

static void
check_manifest_leaf(VerCase *self, const Head *head, VerJsonDoc *doc, int64_t opened)
{
    const VerCheck check = VER_CHECK_LOGGED;
    uint64_t index = 0;
    char *leaf = load_leaf(self, head, "manifest", check, &index);
    const VerWhere where = { .file = "log/manifest.json", .index = &index };

    if (leaf) {
        const VerJson *object = ver_json_read(doc, leaf, strlen(leaf));
        int64_t at = ver_json_number(object, "at_us");
        if (!ver_json_is(object, "type", "manifest") || !ver_json_is(object, "session", self->session) ||
            ver_json_bool(object, "recovered") != ver_json_bool(self->manifest, "recovered"))
            ver_report_fail(self->report, check, VER_WORD_LEAF_DISAGREES, &where);
        if (!ver_json_is(object, "sha256", self->sha256) || !ver_json_is(object, "sm3", self->sm3))
            ver_report_fail(self->report, check, VER_WORD_OTHER_MANIFEST, &where);
        if (at < self->made_us - CLOCK_SLACK_US || at > self->made_us + CLOCK_SLACK_US)
            ver_report_fail(self->report, VER_CHECK_TIME, VER_WORD_BACKDATED, &where);
        if (opened >= 0 && index <= (uint64_t)opened)
            ver_report_fail(self->report, check, VER_WORD_LOG_ORDER, &where);
        if (head->checkpoint.at_ms >= 0 && at > head->checkpoint.at_ms * 1000 + CLOCK_SLACK_US)
            ver_report_fail(self->report, VER_CHECK_TIME, VER_WORD_BACKDATED, &(VerWhere){ .file = "log/checkpoint" });
    }
    ver_report_done(self->report, check);
    free(leaf);
}

/* The entry that announced the session, before there was media. */
static void
check_open_leaf(VerCase *self, const Head *head, VerJsonDoc *doc, int64_t opened)
{
    static const char *const same[] = { "kind", "class", "authority" };
    const VerJson *session = ver_json_get(self->manifest, "session");
    const VerCheck check = VER_CHECK_OPENED;
    uint64_t index = 0;

    if (opened < 0 && !ver_source_find(self->source, "log/open.json")) {
        ver_report_skip(self->report, check, VER_WORD_NOT_ANNOUNCED, NULL);
        return;
    }
    char *leaf = load_leaf(self, head, "open", check, &index);
    const VerWhere where = { .file = "log/open.json", .index = &index };
    if (leaf) {
        const VerJson *object = ver_json_read(doc, leaf, strlen(leaf));
        bool agrees = ver_json_is(object, "type", "session.open") && ver_json_is(object, "session", self->session);
        for (unsigned i = 0; i < sizeof same / sizeof same[0]; i++) {
            const char *value = ver_json_text(object, same[i]);
            bool silent = ver_json_is(session, same[i], ""); /* a manifest may leave it to the log */
            agrees = agrees && (!value || silent || ver_json_is(session, same[i], value));
        }
        if (!agrees)
            ver_report_fail(self->report, check, VER_WORD_LEAF_DISAGREES, &where);
        if (opened < 0 || index != (uint64_t)opened)
            ver_report_fail(self->report, check, VER_WORD_LOG_ORDER, &where);
        if (ver_json_number(object, "at_us") > ver_json_number(self->manifest, "began_us") + CLOCK_SLACK_US)
            ver_report_fail(self->report, VER_CHECK_TIME, VER_WORD_LATE_OPEN, &where);
    }
    ver_report_done(self->report, check);
    free(leaf);
}

static bool
read_proof(const VerJson *array, VerProof *ret_proof)
{
    size_t n;

    ret_proof->n = 0;
    for (; array; array = array->next) {
        if (ret_proof->n == VER_PROOF_MAX || array->type != VER_TEXT ||
            !ver_base64(array->text, strlen(array->text), ret_proof->hashes[ret_proof->n++], VER_HASH_BYTES, &n) ||
            n != VER_HASH_BYTES)
            return false;
    }
    return true;
}

/* One entry of the extract. *last: the index before it, -1 at first. */
static VerWord
check_audit_line(VerCase *self, const Head *head, VerJsonDoc *docs[2], const char *line, size_t size, int64_t *last)
{
    const VerJson *object = ver_json_read(docs[0], line, size);
    const char *text = ver_json_text(object, "leaf");
    int64_t index = ver_json_number(object, "index");
    VerProof proof;

    if (!text || index < 0 || !ver_json_get(object, "proof") || !read_proof(ver_json_first(object, "proof"), &proof))
        return VER_WORD_BAD_AUDIT;
    bool in_order = index > *last;
    *last = index;
    if (!check_inclusion(head, (uint64_t)index, &proof, text, strlen(text)))
        return VER_WORD_NOT_IN_LOG;
    if (!in_order)
        return VER_WORD_LOG_ORDER;
    const VerJson *leaf = ver_json_read(docs[1], text, strlen(text));
    if (!ver_json_text(leaf, "type") || !strstr(text, self->session))
        return VER_WORD_OTHER_SESSION;
    bool second = ver_json_is(leaf, "type", "manifest") && ver_json_is(leaf, "session", self->session) &&
                  !ver_json_is(leaf, "sha256", self->sha256);
    return second ? VER_WORD_OTHER_MANIFEST : VER_WORD_NONE;
}

static void
check_audit(VerCase *self, const Head *head, VerJsonDoc *doc)
{
    VerJsonDoc *docs[] = { ver_json_new(), doc };
    size_t size;
    int64_t last = -1;
    char *data = ver_source_load(self->source, "log/audit.jsonl", MAX_AUDIT_BYTES, &size);

    if (!data)
        ver_report_fail(self->report, VER_CHECK_AUDIT, VER_WORD_MISSING, &(VerWhere){ .file = "log/audit.jsonl" });
    for (char *line = data; data && line < data + size;) {
        size_t n = strcspn(line, "\n");
        VerWord word = n <= MAX_AUDIT_LINE ? check_audit_line(self, head, docs, line, n, &last) : VER_WORD_BAD_AUDIT;
        uint64_t index = last >= 0 ? (uint64_t)last : 0;
        if (word != VER_WORD_NONE)
            ver_report_fail(self->report, VER_CHECK_AUDIT, word,
                            &(VerWhere){ .file = "log/audit.jsonl", .index = last >= 0 ? &index : NULL });
        line += n + 1;
    }
    ver_report_done(self->report, VER_CHECK_AUDIT);
    ver_json_free(docs[0]);
    free(data);
}

/* This checkpoint and the package's are of one log that only grew; proof->data NULL: none was given. */
static void
check_growth(VerCase *self, const Head *head, const VerInput *note, const VerInput *proof_text, const char *name)
{
    const VerCheck check = VER_CHECK_CONSISTENCY;
    const VerWhere where = { .file = name };
    VerCheckpoint seen;
    VerProof proof = { .n = 0 };

    if (!ver_checkpoint_parse(note->data, note->size, &seen)) {
        ver_report_fail(self->report, check, VER_WORD_BAD_CHECKPOINT, &where);
    } else {
        bool older = seen.head.size <= head->checkpoint.head.size;
        const VerCheckpoint *first = older ? &seen : &head->checkpoint, *second = older ? &head->checkpoint : &seen;
        bool given = proof_text->data || first->head.size == second->head.size || first->head.size == 0;
        check_checkpoint(self, &seen, check, name);
        if (first->at_ms > second->at_ms)
            ver_report_fail(self->report, check, VER_WORD_BACKDATED, &where);
        if (!given)
            ver_report_skip(self->report, check, VER_WORD_NO_CONSISTENCY_GIVEN, &where);
        else if ((proof_text->data && !ver_proof_parse(proof_text->data, proof_text->size, &proof)) ||
                 !ver_proof_is_consistent(&proof, &first->head, &second->head))
            ver_report_fail(self->report, check, VER_WORD_FORK, &where);
    }
}

/* Checkpoints that were seen elsewhere: by who verifies, and by the authority that stamped one. */
static void
check_consistency(VerCase *self, const Head *head)
{
    static const char stamped[] = "time/checkpoint-";
    char name[64];

    if (self->checkpoint.data)
        check_growth(self, head, &self->checkpoint, &self->consistency, "--checkpoint");
    else
        ver_report_skip(self->report, VER_CHECK_CONSISTENCY, VER_WORD_NO_CHECKPOINT_GIVEN, NULL);
    for (size_t i = 0; i < ver_source_count(self->source); i++) {
        const char *found = ver_source_get(self->source, i)->name;
        VerInput note = { 0 }, proof = { 0 };
        if (strncmp(found, stamped, strlen(stamped)) != 0 || strchr(found, '.'))
            continue;
        snprintf(name, sizeof name, "time/consistency-%.40s", found + strlen(stamped));
        note.data = ver_source_load(self->source, found, VER_NOTE_MAX_BYTES, &note.size);
        proof.data = ver_source_load(self->source, name, VER_NOTE_MAX_BYTES, &proof.size);
        if (note.data)
            check_growth(self, head, &note, &proof, found);
        free(note.data);
        free(proof.data);
    }
    ver_report_done(self->report, VER_CHECK_CONSISTENCY);
}

void
ver_check_log(VerCase *self)
{
    Head head;
    VerJsonDoc *doc = ver_json_new();
    int64_t opened = ver_json_number(ver_json_get(self->manifest, "log"), "opened"); /* -1: it was not announced */

    head.data = ver_source_load(self->source, "log/checkpoint", VER_NOTE_MAX_BYTES, &head.size);
    if (!head.data || !ver_checkpoint_parse(head.data, head.size, &head.checkpoint)) {
        ver_report_fail(self->report, VER_CHECK_CHECKPOINT, head.data ? VER_WORD_BAD_CHECKPOINT : VER_WORD_MISSING,
                        &(VerWhere){ .file = "log/checkpoint" });
    } else {
        check_checkpoint(self, &head.checkpoint, VER_CHECK_CHECKPOINT, "log/checkpoint");
        ver_report_done(self->report, VER_CHECK_CHECKPOINT);
        check_open_leaf(self, &head, doc, opened);
        check_manifest_leaf(self, &head, doc, opened);
        check_audit(self, &head, doc);
        check_consistency(self, &head);
    }
    ver_json_free(doc);
    free(head.data);
}
