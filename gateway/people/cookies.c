#include "gateway/people/people-priv.h"

/* A terminal's cookie lives as long as its token; the others end with it too, the browser need not know when. */
#define MAX_AGE_S (400 * 24 * 3600)

void
gw_people_set_cookie(GwPeople *self, SigHttp *http, GwSeat seat, const char *secret)
{
    bool secure = sig_http_is_tls(http) || g_str_has_prefix(gw_people_get_public_url(self), "https:");
    g_autofree char *value =
        g_strdup_printf("%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", gw_seat_get_cookie(seat),
                        secret != NULL ? secret : "", secret != NULL ? MAX_AGE_S : 0, secure ? "; Secure" : "");

    sig_http_add_header(http, "Set-Cookie", value);
    sig_http_add_header(http, "Cache-Control", "no-store");
}
