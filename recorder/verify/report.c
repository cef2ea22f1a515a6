#include "recorder/verify/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/verify/bytes.h"

enum { MAX_FINDINGS_PER_CHECK = 20, MAX_TEXT = 300 };

typedef struct {
    VerWord word;
    bool failed, has_chunk, has_index;
    char *file, *track, *detail;
    VerChunk chunk;
    uint64_t index;
} Finding;

typedef struct {
    bool done;
    unsigned n_failed, n_skipped, n_findings;
    Finding findings[MAX_FINDINGS_PER_CHECK];
} Check;

struct VerReport {
    char *session;
    Check checks[VER_N_CHECKS];
};

VerReport *
ver_report_new(void)
{
    return ver_alloc(1, sizeof(VerReport));
}

void
ver_report_free(VerReport *self)
{
    for (unsigned i = 0; self && i < VER_N_CHECKS; i++) {
        for (unsigned k = 0; k < self->checks[i].n_findings; k++) {
            free(self->checks[i].findings[k].file);
            free(self->checks[i].findings[k].track);
            free(self->checks[i].findings[k].detail);
        }
    }
    if (self)
        free(self->session);
    free(self);
}

/* Nothing that a terminal, or a reader's eye, could be fooled with. */
static char *
harmless(const char *text)
{
    char *copy = text ? ver_copy(text, strnlen(text, MAX_TEXT)) : NULL;

    for (char *at = copy; at && *at; at++) {
        if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
            *at = '?';
    }
    return copy;
}

void
ver_report_set_session(VerReport *self, const char *session)
{
    free(self->session);
    self->session = harmless(session);
}

void
ver_report_done(VerReport *self, VerCheck check)
{
    self->checks[check].done = true;
}

/* One key signs several things: that is said once. */
static bool
is_known(const Check *check, VerWord word, const VerWhere *where)
{
    for (unsigned i = 0; i < check->n_findings && where && where->file && !where->chunk && !where->index; i++) {
        const Finding *found = &check->findings[i];
        if (found->word == word && !found->has_chunk && !found->has_index && !where->detail && found->file &&
            strcmp(found->file, where->file) == 0)
            return true;
    }
    return false;
}

static void
add(VerReport *self, VerCheck id, Finding finding, const VerWhere *where)
{
    Check *check = &self->checks[id];

    if (is_known(check, finding.word, where))
        return;
    check->n_failed += finding.failed;
    check->n_skipped += !finding.failed;
    if (check->n_findings == MAX_FINDINGS_PER_CHECK)
        return;
    if (where) {
        finding.file = harmless(where->file);
        finding.track = harmless(where->track);
        finding.detail = harmless(where->detail);
        finding.has_chunk = where->chunk != NULL;
        finding.has_index = where->index != NULL;
        finding.chunk = where->chunk ? *where->chunk : (VerChunk){ 0 };
        finding.index = where->index ? *where->index : 0;
    }
    check->findings[check->n_findings++] = finding;
}

void
ver_report_fail(VerReport *self, VerCheck check, VerWord word, const VerWhere *where)
{
    add(self, check, (Finding){ .word = word, .failed = true }, where);
}

void
ver_report_skip(VerReport *self, VerCheck check, VerWord word, const VerWhere *where)
{
    add(self, check, (Finding){ .word = word }, where);
}

bool
ver_report_has_failed(const VerReport *self, VerCheck check)
{
    return self->checks[check].n_failed > 0;
}

static VerWord
result_of(const Check *check)
{
    if (check->n_failed > 0)
        return VER_WORD_FAIL;
    return check->done && check->n_skipped == 0 ? VER_WORD_PASS : VER_WORD_NOT_COVERED;
}

int
ver_report_exit(const VerReport *self, bool strict)
{
    bool covered = true;

    for (unsigned i = 0; i < VER_N_CHECKS; i++) {
        if (self->checks[i].n_failed > 0)
            return VER_EXIT_FAIL;
        covered &= result_of(&self->checks[i]) == VER_WORD_PASS;
    }
    return strict && !covered ? VER_EXIT_UNKNOWN : VER_EXIT_PASS;
}

static void
print_place(const Finding *finding, bool chinese, FILE *out)
{
    char from[VER_TIME_SIZE], to[VER_TIME_SIZE], wall[VER_TIME_SIZE];

    if (finding->file)
        fprintf(out, chinese ? "：%s" : ": %s", finding->file);
    if (finding->track)
        fprintf(out, chinese ? "，轨道 %s" : ", track %s", finding->track);
    if (finding->has_index)
        fprintf(out, chinese ? "，日志第 %" PRIu64 " 条" : ", log entry %" PRIu64, finding->index);
    if (finding->has_chunk) {
        ver_span(finding->chunk.pts_from_us, from);
        ver_span(finding->chunk.pts_to_us, to);
        ver_time(finding->chunk.wall_from_us, wall);
        fprintf(out,
                chinese ? "，第 %" PRId64 " 段，录像 %s 至 %s（%s）" : ", chunk %" PRId64 ", recording %s to %s (%s)",
                finding->chunk.chunk, from, to, wall);
    }
    if (finding->detail)
        fprintf(out, chinese ? "（%s）" : " (%s)", finding->detail);
}

static void
print_text(const VerReport *self, const VerStyle *style, FILE *out)
{
    bool zh = style->chinese;

    fprintf(out, zh ? "远见录像证据核验：%s\n会话：%s\n\n" : "Verifying %s\nSession: %s\n\n", style->package,
            self->session ? self->session : "-");
    for (unsigned i = 0; i < VER_N_CHECKS; i++) {
        const Check *check = &self->checks[i];
        fprintf(out, "[%s] %s\n", ver_word(result_of(check), zh), ver_check_title(i, zh));
        for (unsigned k = 0; k < check->n_findings; k++) {
            fprintf(out, "    %s", ver_word(check->findings[k].word, zh));
            print_place(&check->findings[k], zh, out);
            fputc('\n', out);
        }
        if (check->n_failed + check->n_skipped > check->n_findings)
            fprintf(out, zh ? "    另有 %u 项\n" : "    and %u more\n",
                    check->n_failed + check->n_skipped - check->n_findings);
        else if (!check->done && check->n_findings == 0)
            fprintf(out, "    %s\n", ver_word(VER_WORD_NOT_REACHED, zh));
    }
}

static void
print_member(FILE *out, const char *name, const char *text)
{
    if (text)
        fprintf(out, ",\"%s\":\"%s\"", name, text);
}

static void
print_finding_json(const Finding *finding, bool chinese, FILE *out)
{
    fprintf(out, "{\"result\":\"%s\",\"reason\":\"%s\",\"text\":\"%s\"",
            ver_word(finding->failed ? VER_WORD_FAIL : VER_WORD_NOT_COVERED, false), ver_word_id(finding->word),
            ver_word(finding->word, chinese));
    print_member(out, "file", finding->file);
    print_member(out, "track", finding->track);
    if (finding->has_index)
        fprintf(out, ",\"index\":%" PRIu64, finding->index);
    if (finding->has_chunk)
        fprintf(out, ",\"chunk\":%" PRId64 ",\"from_us\":%" PRId64 ",\"to_us\":%" PRId64 ",\"wall_us\":%" PRId64,
                finding->chunk.chunk, finding->chunk.pts_from_us, finding->chunk.pts_to_us,
                finding->chunk.wall_from_us);
    print_member(out, "detail", finding->detail);
    fputc('}', out);
}

static void
print_json(const VerReport *self, const VerStyle *style, int code, FILE *out)
{
    char *package = harmless(style->package);

    fprintf(out, "{\"format\":\"yuanjian-verify/1\",\"package\":\"%s\"", package);
    free(package);
    print_member(out, "session", self->session);
    fprintf(out, ",\"result\":\"%s\",\"exit\":%d,\"checks\":[",
            ver_word(code == VER_EXIT_FAIL   ? VER_WORD_FAIL
                     : code == VER_EXIT_PASS ? VER_WORD_PASS
                                             : VER_WORD_NOT_COVERED,
                     false),
            code);
    for (unsigned i = 0; i < VER_N_CHECKS; i++) {
        const Check *check = &self->checks[i];
        fprintf(out, "%s{\"check\":\"%s\",\"title\":\"%s\",\"result\":\"%s\",\"findings\":[", i > 0 ? "," : "",
                ver_check_id(i), ver_check_title(i, style->chinese), ver_word(result_of(check), false));
        for (unsigned k = 0; k < check->n_findings; k++) {
            fputs(k > 0 ? "," : "", out);
            print_finding_json(&check->findings[k], style->chinese, out);
        }
        fprintf(out, "],\"n_failed\":%u}", check->n_failed);
    }
    fputs("]}\n", out);
}

void
ver_report_print(const VerReport *self, const VerStyle *style, FILE *out)
{
    int code = ver_report_exit(self, style->strict);
    unsigned n_open = 0;

    if (style->json) {
        print_json(self, style, code, out);
        return;
    }
    print_text(self, style, out);
    for (unsigned i = 0; i < VER_N_CHECKS; i++)
        n_open += result_of(&self->checks[i]) == VER_WORD_NOT_COVERED;
    fprintf(out, style->chinese ? "\n结论：%s" : "\nResult: %s",
            ver_word(code == VER_EXIT_FAIL ? VER_WORD_FAIL : VER_WORD_PASS, style->chinese));
    if (n_open > 0)
        fprintf(out, style->chinese ? "；%u 项未覆盖" : "; %u checks not covered", n_open);
    fprintf(out, "\n%s\n", ver_word(VER_WORD_CLOSING, style->chinese));
}
