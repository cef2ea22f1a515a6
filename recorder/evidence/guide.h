/* recorder/evidence/guide.h - VERIFY.txt: how to check a package by hand with unzip, sha256sum and openssl alone
 *
 * A pure function. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* items: of RecPackageItem *; the commands name the keys and time stamps that are there. */
GBytes *rec_guide_make(const GPtrArray *items);

G_END_DECLS
