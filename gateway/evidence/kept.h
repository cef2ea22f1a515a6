/* gateway/evidence/kept.h - checkpoints of before that the node keeps: a day apart, for a week
 *
 * LOG/kept/checkpoint-SIZE. By them the node holds its own log against what it signed earlier; whoever can write all of its disk
 * can replace them, so they are no witness for anybody else.
 * Thread: any; disk. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

enum { GW_KEPT_DAYS = 8 };

/* Keeps this one when the newest is a day old, and lets go of those that are too old. Fails without harm. */
bool gw_kept_add(const char *log_dir, const char *note, int64_t now_ms, GError **error);
/* The oldest of at most size entries; owned. NULL: there is none. */
char *gw_kept_find(const char *log_dir, uint64_t size, uint64_t *ret_size);

G_END_DECLS
