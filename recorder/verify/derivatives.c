#include "recorder/verify/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RECORD_BYTES = 1024 * 1024 };
static const VerCheck check = VER_CHECK_DERIVATIVES;

/* derivatives/ID.json and the file beside it. True: it is the record of a redaction. */
static bool
check_record(VerCase *self, VerJsonDoc *doc, const char *name)
{
    char file[VER_ZIP_MAX_NAME + 8];
    size_t size;
    VerSums wanted;
    char *data = ver_source_load(self->source, name, MAX_RECORD_BYTES, &size);
    const VerJson *record = data ? ver_json_read(doc, data, size) : NULL, *listed = ver_json_get(record, "file");
    const VerWhere where = { .file = name }, of_file = { .file = file };

    free(data);
    snprintf(file, sizeof file, "%.*s.webm", (int)strlen(name) - 5, name);
    if (!ver_json_is(record, "format", "yuanjian-derivative/1") || ver_json_bool(record, "original") ||
        !ver_json_is(listed, "name", strchr(file, '/') + 1) || !ver_read_sums(listed, &wanted)) {
        ver_report_fail(self->report, check, VER_WORD_BAD_RECORD, &where);
        return false;
    }
    if (!ver_json_is(record, "session", self->session))
        ver_report_fail(self->report, check, VER_WORD_OTHER_SESSION, &where);
    if (!ver_json_is(ver_json_get(record, "parent"), "manifest_sha256", self->sha256))
        ver_report_fail(self->report, check, VER_WORD_OTHER_PARENT, &where);
    const VerZipEntry *entry = ver_source_find(self->source, file);
    ver_check_entry(self, check, entry, ver_json_number(listed, "bytes"), &wanted, &of_file);
    ver_report_skip(self->report, check, VER_WORD_DERIVATIVE, &of_file);
    return ver_json_is(record, "kind", "redaction");
}

/* Whoever only took the media away has a receipt that lists it still. */
static bool
receipt_lists_media(VerCase *self, VerJsonDoc *doc)
{
    size_t size;
    char *data = ver_source_load(self->source, "receipt.json", VER_RECEIPT_MAX_BYTES, &size);
    const VerJson *receipt = data ? ver_json_read(doc, data, size) : NULL, *listed = ver_json_first(receipt, "entries");

    free(data);
    for (; listed; listed = listed->next) {
        const char *name = ver_json_text(listed, "name");
        if (!name || strncmp(name, "media/", 6) == 0)
            return true;
    }
    return !receipt;
}

void
ver_check_derivatives(VerCase *self)
{
    VerJsonDoc *doc = ver_json_new();
    char record[VER_ZIP_MAX_NAME + 8];
    bool media = false;

    for (size_t i = 0; i < ver_source_count(self->source); i++) {
        const char *name = ver_source_get(self->source, i)->name, *suffix = strrchr(name, '.');
        media = media || strncmp(name, "media/", 6) == 0;
        if (strncmp(name, "derivatives/", 12) != 0)
            continue;
        snprintf(record, sizeof record, "%.*s.json", suffix ? (int)(suffix - name) : 0, name);
        if (suffix && strcmp(suffix, ".json") == 0)
            self->redacted = check_record(self, doc, name) || self->redacted;
        else if (!suffix || strcmp(suffix, ".webm") != 0 || !ver_source_find(self->source, record))
            ver_report_fail(self->report, check, VER_WORD_UNEXPECTED, &(VerWhere){ .file = name });
    }
    self->redacted = self->redacted && !media && !receipt_lists_media(self, doc);
    ver_report_done(self->report, check);
    ver_json_free(doc);
}
