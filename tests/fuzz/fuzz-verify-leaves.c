/* Any bytes as leaves.jsonl of a package with one file: it is read to its end, and is a FAIL unless it is what was hashed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/verify/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char MANIFEST[] = "{\"leaves\":{\"count\":0,\"sha256_root\":\"x\",\"sm3_root\":\"x\"}}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/dev/shm/fuzz-leaves-XXXXXX", path[64];
    if (!mkdtemp(folder))
        return 0;
    snprintf(path, sizeof path, "%s/leaves.jsonl", folder);
    FILE *file = fopen(path, "w");
    assert(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    VerFile listed = { .name = "a.webm", .track = "a", .bytes = 10, .n_chunks = 1 };
    VerCase self = { .report = ver_report_new(),
                     .doc = ver_json_new(),
                     .session = "S",
                     .n_files = 1,
                     .source = ver_source_open(folder) };
    const char *name;

    ver_source_list(self.source, &name); /* says that it is no package: there is no manifest */
    self.manifest = ver_json_read(self.doc, MANIFEST, strlen(MANIFEST));
    self.files = malloc(sizeof listed);
    memcpy(self.files, &listed, sizeof listed);
    ver_check_media(&self);
    assert(ver_report_has_failed(self.report, VER_CHECK_ROOTS) && ver_report_has_failed(self.report, VER_CHECK_MEDIA));
    ver_case_clear(&self);
    unlink(path);
    rmdir(folder);
    return 0;
}
