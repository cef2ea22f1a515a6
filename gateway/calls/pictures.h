/* gateway/calls/pictures.h - what terminals photograph while they are called, and how long such pictures stay: files of a roll-call or a lesson
 *
 * A folder of its own for each event; a picture is a small JPEG, written once, to the page cache: nobody waits for the disk. Its
 * SHA-256 is on record with whoever keeps the event, and stays there when the pictures go. They go so many days
 * after the event, when that is in the audit record, and never by a clock that was just set. What phones send (photos/) goes by the
 * same rule, file by file. Ownership, thread: main. */
#pragma once

#include "gateway/archive/clock.h"
#include "gateway/gateway.h"
#include "signaling/route.h"

G_BEGIN_DECLS

enum {
    GW_CALL_PICTURE_MAX = 256 * 1024,
    GW_CALL_PICTURES_AT_ONCE = 20, /* events whose pictures go within the hour */
};

typedef struct GwCallPictures GwCallPictures;

typedef struct {
    const char *dir;      /* made when missing */
    const char *subject;  /* "roll-call": of audit entries */
    const char *due;      /* SQL, a literal: ids of what began before ?1 and has its pictures, at most ?2 */
    const char *removed;  /* SQL, a literal: that ?1 has none any more */
    bool files;           /* one file each, not a folder: its name is the second column of due */
    const unsigned *days; /* 0: for good; NULL: [supervision] picture-days */
} GwCallPicturesConfig;

GwCallPictures *gw_call_pictures_new(const Gateway *gateway, const GwCallPicturesConfig *config,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_call_pictures_free(GwCallPictures *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCallPictures, gw_call_pictures_free)

/* Its SHA-256, owned. Fails with SIG_ERROR_INVALID (no whole JPEG) or _UNAVAILABLE. id and name are the caller's own, of
 * [a-z0-9-]. body may be NULL. */
char *gw_call_pictures_put(GwCallPictures *self, const char *id, const char *name, GBytes *body,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Answers the request; false: there is no such picture (any more), and it is not answered. */
bool gw_call_pictures_reply(const GwCallPictures *self, SigHttp *http, const char *id, const char *name);

/* Each second; looks once an hour what has to go. */
void gw_call_pictures_tick(GwCallPictures *self, int64_t now_ms, int64_t steady_us);

G_END_DECLS
