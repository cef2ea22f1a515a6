/* gateway/photos/photos-priv.h - what the files of photos/ share
 *
 *   photo.c    a request as a row, where it stands, and as JSON
 *   photos.c   building; asking, listing, judging
 *   phone.c    what the phone's page asks and sends; answer.c reads that */
#pragma once

#include "gateway/calls/pictures.h"
#include "gateway/people/throttle.h"
#include "gateway/photos/photos.h"
#include "gateway/question.h"

G_BEGIN_DECLS

enum {
    GW_PHOTOS_MAX_ROWS = 300, /* of one answer */
    GW_PHOTOS_MAX_OPEN = 5,   /* of one supervisee */
    GW_PHOTOS_MAX_REASON = 300,
    GW_PHOTOS_MINUTES = 30, /* unless somebody says another number */
    GW_PHOTOS_MAX_MINUTES = 24 * 60,
};

/* A picture that is on its way when the time is over is taken still. */
#define GW_PHOTOS_GRACE_MS INT64_C(120000)

struct GwPhotos {
    const Gateway *gateway;   /* borrowed */
    GwSubjects *subjects;     /* borrowed */
    char *dir;                /* DIR/photos */
    GPtrArray *rows;          /* GwQuestionRow, owned */
    GHashTable *busy;         /* ids of requests whose picture is being kept */
    GwThrottle *throttle;     /* who guesses links */
    GwCallPictures *pictures; /* how long they stay */
    guint tick_source;
    GCancellable *gone;         /* cancelled when this is freed */
    int64_t (*now)(void *data); /* NULL: the machine's; tests have their own */
    void *clock_data;
};

int64_t gw_photos_now_ms(const GwPhotos *self);
void gw_photos_tick(GwPhotos *self, int64_t steady_us); /* once a minute by itself */

typedef enum {
    GW_PHOTO_ASKED,
    GW_PHOTO_OPENED, /* on a phone */
    GW_PHOTO_ANSWERED,
    GW_PHOTO_EXPIRED,
    GW_PHOTO_JUDGED,
    GW_PHOTO_WITHDRAWN,
} GwPhotoState;

typedef struct {
    char *id, *subject, *unit, *who, *display, *reason;
    char *mark, *sha256, *place, *address; /* NULL before */
    char *verdict, *note, *judge;          /* NULL: nobody has judged it */
    int64_t made_ms, expires_ms, opened_ms, withdrawn_ms;
    int64_t received_ms; /* 0: not yet */
    struct {
        int64_t bytes, taken_ms;
        bool gone; /* its time was over */
    } picture;
} GwPhoto;

#define GW_PHOTO_COLUMNS                                                                                               \
    "id, subject, unit, who, display, reason, mark, sha256, place, address, verdict, note, judge, made_ms, "           \
    "expires_ms,"                                                                                                      \
    " opened_ms, withdrawn_ms, bytes, taken_ms, received_ms, picture_gone"

GwPhoto *gw_photo_from_row(const GwRows *rows, unsigned row);
void gw_photo_free(void *photo);
GwPhotoState gw_photo_get_state(const GwPhoto *self, int64_t now_ms);
const char *gw_photo_state_to_string(GwPhotoState state);
JsonObject *gw_photos_to_json(const GwPhotos *self, const GwPhoto *photo);
/* Everybody who may see it hears. */
void gw_photos_tell(const GwPhotos *self, const GwPhoto *photo);
/* "许小满" -> "许＊＊": enough for who knows, nothing for who does not. Owned. */
char *gw_photo_mask_name(const char *name);
char *gw_photo_get_name(const char *sha256); /* of its file; owned */

/* phone.c: open to anybody; the link is the right. */
void gw_photos_open(GwQuestion *question);   /* params: code */
void gw_photos_answer(GwQuestion *question); /* params: ticket; body */
extern const SigRoute gw_photo_phone_routes[];

const GwQuestionMethod *gw_photos_find_method(const char *name); /* NULL: there is none */

G_END_DECLS
