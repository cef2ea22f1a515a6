/* Prints "LANGUAGE<TAB>NAME<TAB>TEXT" for every notice: what tools/make-voices speaks. Runs at build time. */
#include <stdio.h>

#include "gateway/visits/notices.h"

int
main(void)
{
    for (const GwNotice *notice = gw_notices_get_all(); notice->name != NULL; notice++) {
        printf("zh\t%s\t%s\n", notice->name, notice->text_zh);
        printf("en\t%s\t%s\n", notice->name, notice->text_en);
    }
    return 0;
}
