#include "recorder/verify/words.h"

#include <ctype.h>
#include <stdio.h>

typedef struct {
    const char *id, *zh, *en;
} Words;

#define CHECK_ROW(name, id, zh, en) { id, zh, en },
#define WORD_ROW(name, zh, en)      { #name, zh, en },
static const Words checks[] = { VER_CHECKS(CHECK_ROW) };
static const Words words[] = { VER_WORDS(WORD_ROW) };

const char *
ver_check_id(VerCheck check)
{
    return checks[check].id;
}

const char *
ver_check_title(VerCheck check, bool chinese)
{
    return chinese ? checks[check].zh : checks[check].en;
}

/* Good until the next call. */
const char *
ver_word_id(VerWord word)
{
    static char id[32];
    unsigned i = 0;

    for (; words[word].id[i] != '\0' && i < sizeof id - 1; i++)
        id[i] = (char)(words[word].id[i] == '_' ? '-' : tolower(words[word].id[i]));
    id[i] = '\0';
    return id;
}

const char *
ver_word(VerWord word, bool chinese)
{
    return chinese ? words[word].zh : words[word].en;
}
