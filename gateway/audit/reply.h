/* gateway/audit/reply.h - answers that wait until what was done is on record, and in the index
 *
 * Where something is handed out (a link, a code), the refusal means that nobody was told it. What takes something away is done
 * at once, and the answer says whether it is on record as well; its entry is kept and written when the disk works again.
 * Ownership: nothing. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/audit/audit.h"
#include "signaling/method.h"

G_BEGIN_DECLS

typedef enum {
    GW_REPLY_GRANT,     /* the answer is a secret */
    GW_REPLY_TAKE_AWAY, /* it has been done */
} GwReplyKind;

/* Answers when everything that was added to the audit so far is on record, and what was written is committed; otherwise
 * refuses. answer: taken, NULL: {}. */
void gw_audit_reply(GwAudit *self, GwReplyKind kind, SigRequest *request, JsonObject *answer);
void gw_audit_reply_command(GwAudit *self, GwReplyKind kind, GwAdminRequest *command, JsonObject *answer);

G_END_DECLS
