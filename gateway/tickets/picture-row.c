#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/picture.h"
#include "gateway/tickets/tickets-priv.h"

GwTicketPicture *
gw_ticket_picture_from_row(const GwRows *rows, unsigned row)
{
    GwTicketPicture *self = g_new0(GwTicketPicture, 1);
    char **const texts[] = { &self->id,      &self->side,  &self->display,      &self->unit,  &self->source,
                             &self->session, &self->place, &self->content_type, &self->sha256 };
    unsigned column = 0;

    for (; column < G_N_ELEMENTS(texts); column++)
        *texts[column] = g_strdup(gw_rows_text(rows, row, column));
    self->event = (unsigned)gw_rows_int(rows, row, column++);
    self->received_ms = gw_rows_int(rows, row, column++);
    self->taken_ms = gw_rows_int(rows, row, column++);
    self->at_ms = gw_rows_int(rows, row, column++);
    self->bytes = gw_rows_int(rows, row, column);
    return self;
}

void
gw_ticket_picture_free(void *picture)
{
    GwTicketPicture *self = picture;
    char *const texts[] = { self->id,      self->side,  self->display,      self->unit,  self->source,
                            self->session, self->place, self->content_type, self->sha256 };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(self);
}

JsonObject *
gw_ticket_picture_to_json(const GwTicketPicture *self, const char *ticket)
{
    JsonObject *picture = gw_object_with_text("id", self->id);
    g_autofree char *url = g_strconcat("/api/v1/tickets/", ticket, "/pictures/", self->id, NULL);

    gw_object_set_text(picture, "side", self->side);
    gw_object_set_text(picture, "by", self->display);
    gw_object_set_text(picture, "source", self->source);
    gw_object_set_text(picture, "place", self->place);
    gw_object_set_text(picture, "session", self->session);
    if (self->session != NULL)
        json_object_set_int_member(picture, "at_ms", self->at_ms);
    if (self->event != 0)
        json_object_set_int_member(picture, "event", self->event);
    if (self->taken_ms != 0)
        json_object_set_int_member(picture, "taken_ms", self->taken_ms);
    json_object_set_int_member(picture, "received_ms", self->received_ms);
    json_object_set_int_member(picture, "bytes", self->bytes);
    gw_object_set_text(picture, "content_type", self->content_type);
    gw_object_set_text(picture, "sha256", self->sha256);
    json_object_set_string_member(picture, "url", url);
    return picture;
}

bool
gw_ticket_picture_is_shown(const GwTicketPicture *self, const GwTicket *ticket, unsigned sides)
{
    if (self->event != 0 || ticket->state == GW_TICKET_DRAFT)
        return true;
    return (sides & (strcmp(self->side, "reply") == 0 ? GW_TICKET_OFFICE : GW_TICKET_JUDGE)) != 0;
}

const GwTicketPicture *
gw_ticket_picture_find(const GPtrArray *pictures, const char *id)
{
    for (unsigned i = 0; i < pictures->len; i++) {
        const GwTicketPicture *picture = pictures->pdata[i];
        if (g_strcmp0(picture->id, id) == 0)
            return picture;
    }
    return NULL;
}

char *
gw_ticket_picture_get_path(const GwTickets *tickets, const char *ticket, const char *picture, const char *content_type)
{
    g_autofree char *name = g_strconcat(picture, ".", gw_picture_get_suffix(content_type), NULL);

    return g_build_filename(tickets->dir, ticket, name, NULL);
}
