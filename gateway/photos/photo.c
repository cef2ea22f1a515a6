#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/photos/photos-priv.h"
#include "gateway/supervisees/supervisees.h"

GwPhoto *
gw_photo_from_row(const GwRows *rows, unsigned row)
{
    GwPhoto *self = g_new0(GwPhoto, 1);
    char **const texts[] = { &self->id,      &self->subject, &self->unit,   &self->who,   &self->display,
                             &self->reason,  &self->mark,    &self->sha256, &self->place, &self->address,
                             &self->verdict, &self->note,    &self->judge };
    int64_t *const numbers[] = { &self->made_ms,       &self->expires_ms,       &self->opened_ms,  &self->withdrawn_ms,
                                 &self->picture.bytes, &self->picture.taken_ms, &self->received_ms };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup(gw_rows_text(rows, row, i));
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = gw_rows_int(rows, row, (unsigned)G_N_ELEMENTS(texts) + i);
    self->picture.gone = gw_rows_int(rows, row, (unsigned)(G_N_ELEMENTS(texts) + G_N_ELEMENTS(numbers))) != 0;
    return self;
}

void
gw_photo_free(void *photo)
{
    GwPhoto *self = photo;
    char *const texts[] = { self->id,      self->subject, self->unit,   self->who,   self->display,
                            self->reason,  self->mark,    self->sha256, self->place, self->address,
                            self->verdict, self->note,    self->judge };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(self);
}

GwPhotoState
gw_photo_get_state(const GwPhoto *self, int64_t now_ms)
{
    if (self->verdict != NULL)
        return GW_PHOTO_JUDGED;
    if (self->withdrawn_ms != 0)
        return GW_PHOTO_WITHDRAWN;
    if (self->received_ms != 0)
        return GW_PHOTO_ANSWERED;
    if (now_ms >= self->expires_ms)
        return GW_PHOTO_EXPIRED;
    return self->opened_ms != 0 ? GW_PHOTO_OPENED : GW_PHOTO_ASKED;
}

const char *
gw_photo_state_to_string(GwPhotoState state)
{
    static const char *const names[] = {
        [GW_PHOTO_ASKED] = "asked",     [GW_PHOTO_OPENED] = "opened", [GW_PHOTO_ANSWERED] = "answered",
        [GW_PHOTO_EXPIRED] = "expired", [GW_PHOTO_JUDGED] = "judged", [GW_PHOTO_WITHDRAWN] = "withdrawn",
    };

    return names[state];
}

static void
set_number(JsonObject *object, const char *name, int64_t value)
{
    if (value != 0)
        json_object_set_int_member(object, name, value);
}

static void
add_answer(JsonObject *object, const GwPhoto *photo)
{
    g_autoptr(JsonNode) place = photo->place != NULL ? json_from_string(photo->place, NULL) : NULL;
    g_autofree char *url = g_strconcat("/api/v1/photos/", photo->id, "/picture", NULL);

    if (!photo->picture.gone)
        json_object_set_string_member(object, "picture", url);
    gw_object_set_text(object, "sha256", photo->sha256);
    gw_object_set_text(object, "mark", photo->mark);
    gw_object_set_text(object, "address", photo->address);
    if (place != NULL)
        json_object_set_member(object, "place", g_steal_pointer(&place));
    json_object_set_int_member(object, "received_ms", photo->received_ms);
    json_object_set_int_member(object, "taken_ms", photo->picture.taken_ms);
    json_object_set_int_member(object, "bytes", photo->picture.bytes);
}

JsonObject *
gw_photos_to_json(const GwPhotos *self, const GwPhoto *photo)
{
    GwPeople *people = self->gateway->people;
    const GwSubject *subject = gw_subjects_find(self->subjects, photo->subject);
    JsonObject *object = gw_object_with_text("id", photo->id);
    JsonObject *unit = gw_people_unit_to_json(people, photo->unit);

    if (subject != NULL)
        json_object_set_object_member(object, "supervisee", gw_supervisee_to_json(people, subject));
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    gw_object_set_text(object, "by", photo->display);
    gw_object_set_text(object, "reason", photo->reason);
    json_object_set_string_member(object, "state",
                                  gw_photo_state_to_string(gw_photo_get_state(photo, gw_photos_now_ms(self))));
    json_object_set_int_member(object, "made_ms", photo->made_ms);
    json_object_set_int_member(object, "expires_ms", photo->expires_ms);
    set_number(object, "opened_ms", photo->opened_ms);
    if (photo->received_ms != 0)
        add_answer(object, photo);
    gw_object_set_text(object, "verdict", photo->verdict);
    gw_object_set_text(object, "note", photo->note);
    gw_object_set_text(object, "judge", photo->judge);
    return object;
}

typedef struct {
    const GwPhotos *photos;
    const GwPhoto *photo;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;
    JsonObject *params = NULL;

    if (!gw_people_reaches(telling->photos->gateway->people, identity, GW_SUPERVISEES_SEE, telling->photo->unit))
        return;
    params = json_object_new();
    json_object_set_object_member(params, "photo", gw_photos_to_json(telling->photos, telling->photo));
    sig_client_notify(client, "photo.changed", params);
}

void
gw_photos_tell(const GwPhotos *self, const GwPhoto *photo)
{
    Telling telling = { self, photo };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

char *
gw_photo_mask_name(const char *name)
{
    glong length = g_utf8_strlen(name, -1);
    GString *masked = g_string_new(NULL);

    if (length > 0)
        g_string_append_unichar(masked, g_utf8_get_char(name));
    for (glong i = 1; i < CLAMP(length, 2, 4); i++)
        g_string_append(masked, "＊");
    return g_string_free(masked, FALSE);
}

char *
gw_photo_get_name(const char *sha256)
{
    return g_strconcat(sha256, ".jpg", NULL);
}
