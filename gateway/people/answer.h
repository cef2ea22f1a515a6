/* gateway/people/answer.h - JSON over plain HTTP: the body in, the answer or a refusal with its own reason out
 *
 * Thread: main. */
#pragma once

#include <json-glib/json-glib.h>

#include "signaling/method.h"
#include "signaling/route.h"

G_BEGIN_DECLS

enum { GW_BODY_MAX = 4096 };

/* The body's object, checked against rows. NULL: the request was answered (content type, JSON, parameters) and is gone. */
JsonObject *gw_body_read(SigHttp *http, const SigParam *rows) G_GNUC_WARN_UNUSED_RESULT;
void gw_answer(SigHttp *http, JsonObject *answer); /* 200; takes answer */
/* As sig_http_fail(), with another reason word. retry_after_s 0: none. */
void gw_refuse(SigHttp *http, SigError code, const char *reason, const char *message, int64_t retry_after_s);

G_END_DECLS
