/* gateway/evidence/verify-log.h - the whole log read again: every entry against the tree, the checkpoint and the audit table
 *
 * Works in steps on another thread, however long the log is. Thread: main, also done. */
#pragma once

#include "gateway/gateway.h"

G_BEGIN_DECLS

/* entries: how many were compared. error: what is wrong first, naming the entry. */
typedef void (*GwVerifyLogDone)(uint64_t entries, const GError *error, void *user_data);

void gw_verify_log(const Gateway *gateway, GwVerifyLogDone done, void *user_data);

G_END_DECLS
