#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/verify/case.h"
#include "recorder/verify/sandbox.h"

enum { MAX_INPUT_BYTES = 1024 * 1024 };

static const struct option options[] = {
    { "keys", required_argument, NULL, 'k' },
    { "key-sha256", required_argument, NULL, 'h' },
    { "tsa", required_argument, NULL, 't' },
    { "checkpoint", required_argument, NULL, 'c' },
    { "consistency", required_argument, NULL, 'p' },
    { "strict", no_argument, NULL, 's' },
    { "json", no_argument, NULL, 'j' },
    { "language", required_argument, NULL, 'l' },
    { "help", no_argument, NULL, '?' },
    { 0 },
};

static bool
complain(const char *what, const char *why)
{
    fprintf(stderr, "yuanjian-verify: %s: %s\n", what, why);
    return false;
}

static bool
load(const char *path, VerInput *ret_input)
{
    char *data = ver_alloc(MAX_INPUT_BYTES + 1, 1);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(data, 1, MAX_INPUT_BYTES + 1, file) : 0;
    bool read = file && !ferror(file) && size <= MAX_INPUT_BYTES;

    int saved = size > MAX_INPUT_BYTES ? EFBIG : errno;
    if (file)
        fclose(file);
    if (!read) {
        free(data);
        return complain(path, strerror(saved));
    }
    free(ret_input->data);
    *ret_input = (VerInput){ ver_grow(data, size + 1, 1), size };
    return true;
}

static bool
load_keys(VerCase *self, const char *folder)
{
    DIR *dir = opendir(folder);
    char path[4096];
    struct dirent *found;
    bool fine = dir != NULL;

    while (fine && (found = readdir(dir)) != NULL) {
        VerInput input = { 0 };
        const char *suffix = strrchr(found->d_name, '.');
        if (!suffix || (strcmp(suffix, ".crt") != 0 && strcmp(suffix, ".pem") != 0 && strcmp(suffix, ".cer") != 0))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, found->d_name);
        fine = load(path, &input);
        if (fine && !ver_keys_add(&self->trust.anchors, found->d_name, input.data, input.size))
            fine = complain(path, "不是证书 not a certificate");
        free(input.data);
    }
    if (dir)
        closedir(dir);
    if (fine && self->trust.anchors.n == 0)
        return complain(folder, "没有证书 no certificates");
    return fine || (dir ? false : complain(folder, strerror(errno)));
}

static bool
take_option(VerCase *self, VerStyle *style, int option)
{
    switch (option) {
    case 'k':
        return load_keys(self, optarg);
    case 'h':
        return (self->trust.n_hashes < VER_KEYS_MAX && ver_unhex(optarg, self->trust.hashes[self->trust.n_hashes++])) ||
               complain("--key-sha256", "64 个小写十六进制数字 64 lower-case hex digits");
    case 't':
        return load(optarg, &self->tsa);
    case 'c':
        return load(optarg, &self->checkpoint);
    case 'p':
        return load(optarg, &self->consistency);
    case 's':
        return style->strict = true;
    case 'j':
        return style->json = true;
    case 'l':
        style->chinese = strcmp(optarg, "zh") == 0;
        return style->chinese || strcmp(optarg, "en") == 0 || complain("--language", "zh, en");
    default:
        fputs(VER_USAGE, stderr);
        return false;
    }
}

static bool
take_options(VerCase *self, VerStyle *style, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take_option(self, style, option))
            return false;
    }
    if (optind != argc - 1) {
        fputs(VER_USAGE, stderr);
        return false;
    }
    style->package = argv[optind];
    self->source = ver_source_open(style->package);
    return self->source != NULL || complain(style->package, strerror(errno));
}

static bool
speaks_chinese(void)
{
    const char *value = getenv("LC_ALL");

    value = value && value[0] != '\0' ? value : getenv("LC_MESSAGES");
    value = value && value[0] != '\0' ? value : getenv("LANG");
    return value && strncmp(value, "zh", 2) == 0;
}

static int
verify(VerCase *self, const VerStyle *style)
{
    const char *name = NULL;
    VerWord word = ver_source_list(self->source, &name);

    if (word == VER_WORD_NOT_A_PACKAGE || word == VER_WORD_UNREADABLE) {
        complain(style->package, ver_word(word, style->chinese));
        return VER_EXIT_UNKNOWN;
    }
    if (word != VER_WORD_NONE) {
        ver_report_fail(self->report, VER_CHECK_PACKAGE, word, &(VerWhere){ .file = name });
    } else if (ver_check_manifest(self)) {
        ver_check_derivatives(self);
        ver_check_media(self);
        ver_check_log(self);
        ver_check_time(self);
        ver_check_receipt(self);
        ver_report_done(self->report, VER_CHECK_CERTIFICATES);
        ver_report_done(self->report, VER_CHECK_SIGNER);
    }
    ver_report_done(self->report, VER_CHECK_PACKAGE);
    ver_report_print(self->report, style, stdout);
    return ver_report_exit(self->report, style->strict);
}

int
main(int argc, char **argv)
{
    VerCase self = { .report = ver_report_new(), .opened_us = -1 };
    VerStyle style = { .chinese = speaks_chinese() };
    int code = VER_EXIT_UNKNOWN;

    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        complain("libcrypto", "?");
    else if (take_options(&self, &style, argc, argv)) {
        if (ver_sandbox_enter(ver_source_get_folder(self.source)))
            code = verify(&self, &style);
        else
            complain("sandbox", strerror(errno));
    }
    ver_case_clear(&self);
    return fflush(stdout) == 0 && !ferror(stdout) ? code : VER_EXIT_UNKNOWN;
}
