#include "signaling/range.h"

#include <stdbool.h>
#include <string.h>

/* Digits only; saturates, since a position beyond any file is as good as any other. */
static bool
read_position(const char **text, uint64_t *ret_value)
{
    const char *p = *text;
    uint64_t value = 0;

    if (!g_ascii_isdigit(*p))
        return false;
    for (; g_ascii_isdigit(*p); p++) {
        unsigned digit = (unsigned)(*p - '0');

        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *text = p;
    *ret_value = value;
    return true;
}

static SigRange
parse_suffix(const char *text, uint64_t size, uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t length;

    if (!read_position(&text, &length) || *text != '\0')
        return SIG_RANGE_WHOLE;
    if (length == 0 || size == 0)
        return SIG_RANGE_NONE;
    *ret_first = length >= size ? 0 : size - length;
    *ret_last = size - 1;
    return SIG_RANGE_PART;
}

SigRange
sig_range_parse(const char *header, uint64_t size, uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t first, last = UINT64_MAX;

    if (header == NULL || g_ascii_strncasecmp(header, "bytes=", 6) != 0)
        return SIG_RANGE_WHOLE;
    header += 6 + strspn(header + 6, " ");
    if (*header == '-')
        return parse_suffix(header + 1, size, ret_first, ret_last);
    if (!read_position(&header, &first) || *header++ != '-')
        return SIG_RANGE_WHOLE;
    if (*header != '\0' && (!read_position(&header, &last) || *header != '\0'))
        return SIG_RANGE_WHOLE;
    if (last < first)
        return SIG_RANGE_WHOLE;
    if (first >= size)
        return SIG_RANGE_NONE;
    *ret_first = first;
    *ret_last = MIN(last, size - 1);
    return SIG_RANGE_PART;
}
