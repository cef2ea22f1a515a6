#include "gateway/people/mask.h"

#include <string.h>

enum { HEAD = 3, HIDDEN = 4 /* at least */, TAIL = 4 };

char *
gw_mask_number(const char *number)
{
    size_t length = number != NULL ? strlen(number) : 0;
    bool shown = length >= HEAD + HIDDEN + TAIL;
    char *masked = g_strdup(number);

    for (size_t i = shown ? HEAD : 0; i < (shown ? length - TAIL : length); i++)
        masked[i] = '*';
    return masked;
}

bool
gw_mask_is_number(const char *number)
{
    size_t length = number != NULL ? strlen(number) : 0;

    return length > 0 && length <= GW_MASK_MAX &&
           strspn(number, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 +-") == length;
}
