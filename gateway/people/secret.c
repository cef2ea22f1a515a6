#include "gateway/people/secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

/* No 0, O, 1, I: they are mistaken for each other. 31 letters. */
static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

enum { N_LETTERS = sizeof(alphabet) - 1 };

static void
fill(uint8_t *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = getrandom(bytes + have, size - have, 0);

        if (got < 0 && errno != EINTR)
            g_error("the machine gives no random bytes: %s", g_strerror(errno));
        have += got > 0 ? (size_t)got : 0;
    }
}

char *
gw_secret_new(void)
{
    uint8_t bytes[GW_SECRET_BYTES];

    fill(bytes, sizeof(bytes));
    char *text = g_base64_encode(bytes, sizeof(bytes));
    g_strdelimit(text, "+", '-');
    g_strdelimit(text, "/", '_');
    *strchrnul(text, '=') = '\0';
    return text;
}

char *
gw_secret_new_code(void)
{
    char *code = g_malloc0(GW_CODE_LENGTH + 1);

    for (unsigned i = 0; i < GW_CODE_LENGTH;) {
        uint8_t byte = 0;

        fill(&byte, 1);
        if (byte < 256 / N_LETTERS * N_LETTERS) /* the rest would make some letters likelier */
            code[i++] = alphabet[byte % N_LETTERS];
    }
    return code;
}

char *
gw_secret_new_id(const char *prefix)
{
    uint8_t bytes[8];
    GString *id = g_string_new(prefix);

    fill(bytes, sizeof(bytes));
    g_string_append_c(id, '-');
    for (unsigned i = 0; i < sizeof(bytes); i++)
        g_string_append_printf(id, "%02x", bytes[i]);
    return g_string_free(id, FALSE);
}

char *
gw_secret_hash(const char *secret)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, secret, -1);
}

char *
gw_secret_read_code(const char *typed)
{
    g_autoptr(GString) code = g_string_new(NULL);

    for (const char *at = typed; *at != '\0'; at++) {
        char letter = g_ascii_toupper(*at);

        if (letter == '-' || letter == ' ')
            continue;
        if (strchr(alphabet, letter) == NULL || code->len == GW_CODE_LENGTH)
            return NULL;
        g_string_append_c(code, letter);
    }
    return code->len == GW_CODE_LENGTH ? g_strdup(code->str) : NULL;
}
