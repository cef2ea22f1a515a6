#include "recorder/seal/canvas.h"

#include <math.h>
#include <pango/pangocairo.h>

enum {
    BAND = 56, /* under the tiles: what, and when */
    MARGIN = 10,
    WIDTH_2 = 640, /* of a tile, up to two in a row */
    HEIGHT_2 = 360,
    WIDTH_3 = 432,
    HEIGHT_3 = 244,
    WIDTH_LARGE = 960,
    HEIGHT_LARGE = 540,
    WIDTH_SMALL = 240,
    HEIGHT_SMALL = 134,
    MAX_SMALL = 4,
    OUTSET = 2, /* black covers the edges, too */
    TEXT = 17,
    SMALL_TEXT = 14,
    LARGE_TEXT = 26,
    LABEL = 140, /* of what is black */
    MARK_STEP_X = 420,
    MARK_STEP_Y = 150,
};

static const char FONTS[] = "Noto Sans CJK SC,WenQuanYi Micro Hei,Sans";

typedef struct {
    int x, y, width, height;
} Box;

typedef struct {
    int size, width; /* width: of the line; it is cut there */
    PangoAlignment alignment;
} Style;

struct SealCanvas {
    const RecOrder *order; /* borrowed */
    Box tiles[SEAL_CANVAS_MAX_TILES];
    unsigned n_tiles;
    int width, height;
    int64_t duration_us;
    cairo_surface_t *surface, *mark; /* owned; mark NULL: there is no watermark */
    cairo_t *cairo;                  /* owned */
};

static void
draw_text(cairo_t *cairo, const char *text, int x, int y, const Style *style)
{
    g_autoptr(PangoLayout) layout = pango_cairo_create_layout(cairo);
    g_autofree char *name = g_strdup_printf("%s %dpx", FONTS, style->size);
    PangoFontDescription *font = pango_font_description_from_string(name);

    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_width(layout, style->width * PANGO_SCALE);
    pango_layout_set_alignment(layout, style->alignment);
    pango_layout_set_text(layout, text, -1);
    cairo_move_to(cairo, x, y);
    pango_cairo_show_layout(cairo, layout);
}

void
seal_canvas_init(void)
{
    g_autoptr(RecOrder) order = rec_order_new();

    order->watermark = g_strdup("水印 Watermark 0123456789");
    g_autoptr(SealCanvas) canvas = seal_canvas_new(order, 1, 0);
    const SealTile tile = { .name = "会见 Visit", .cause = "network" };
    seal_canvas_draw(canvas, &tile, 0, 0);
}

/* Where the tiles are. */

static void
lay_out_grid(SealCanvas *self)
{
    unsigned columns = self->n_tiles == 1 ? 1 : self->n_tiles <= 4 ? 2 : 3;
    int width = columns <= 2 ? WIDTH_2 : WIDTH_3, height = columns <= 2 ? HEIGHT_2 : HEIGHT_3;

    for (unsigned i = 0; i < self->n_tiles; i++)
        self->tiles[i] = (Box){ (int)(i % columns) * width, (int)(i / columns) * height, width, height };
    self->width = (int)columns * width;
    self->height = (int)((self->n_tiles + columns - 1) / columns) * height + BAND;
}

static void
lay_out_speaker(SealCanvas *self)
{
    self->n_tiles = MIN(self->n_tiles, 1 + MAX_SMALL);
    self->tiles[0] = (Box){ 0, 0, WIDTH_LARGE, HEIGHT_LARGE };
    for (unsigned i = 1; i < self->n_tiles; i++)
        self->tiles[i] = (Box){ WIDTH_LARGE, (int)(i - 1) * HEIGHT_SMALL, WIDTH_SMALL, HEIGHT_SMALL };
    self->width = WIDTH_LARGE + (self->n_tiles > 1 ? WIDTH_SMALL : 0);
    self->height = HEIGHT_LARGE + BAND;
}

/* Across all of it, so that no part of it can be shown without. */
static cairo_surface_t *
make_mark(const SealCanvas *self, const char *text)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, self->width, self->height);
    cairo_t *cairo = cairo_create(surface);
    const Style style = { SMALL_TEXT, MARK_STEP_X - MARGIN, PANGO_ALIGN_LEFT };
    int reach = self->width + self->height;

    cairo_rotate(cairo, -G_PI / 9);
    for (int y = -reach; y < reach; y += MARK_STEP_Y) {
        for (int x = -reach; x < reach; x += MARK_STEP_X) {
            double left = x + (y / MARK_STEP_Y % 2) * MARK_STEP_X / 2, top = y;
            cairo_user_to_device(cairo, &left, &top);
            if (left < -MARK_STEP_X || left > self->width || top < -MARK_STEP_Y || top > self->height + MARK_STEP_Y)
                continue;
            cairo_set_source_rgba(cairo, 0, 0, 0, 0.35);
            draw_text(cairo, text, x + (y / MARK_STEP_Y % 2) * MARK_STEP_X / 2 + 1, y + 1, &style);
            cairo_set_source_rgba(cairo, 1, 1, 1, 0.4);
            draw_text(cairo, text, x + (y / MARK_STEP_Y % 2) * MARK_STEP_X / 2, y, &style);
        }
    }
    cairo_destroy(cairo);
    return surface;
}

SealCanvas *
seal_canvas_new(const RecOrder *order, unsigned n_tiles, int64_t duration_us)
{
    SealCanvas *self = g_new0(SealCanvas, 1);

    self->order = order;
    self->n_tiles = CLAMP(n_tiles, 1, SEAL_CANVAS_MAX_TILES);
    self->duration_us = duration_us;
    if (order->layout == REC_LAYOUT_SPEAKER)
        lay_out_speaker(self);
    else
        lay_out_grid(self);
    self->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, self->width, self->height);
    self->cairo = cairo_create(self->surface);
    if (order->watermark)
        self->mark = make_mark(self, order->watermark);
    return self;
}

void
seal_canvas_free(SealCanvas *self)
{
    if (!self)
        return;
    cairo_destroy(self->cairo);
    cairo_surface_destroy(self->surface);
    g_clear_pointer(&self->mark, cairo_surface_destroy);
    g_free(self);
}

unsigned
seal_canvas_get_width(const SealCanvas *self)
{
    return (unsigned)self->width;
}

unsigned
seal_canvas_get_height(const SealCanvas *self)
{
    return (unsigned)self->height;
}

void
seal_canvas_get_tile_size(const SealCanvas *self, uint16_t *ret_width, uint16_t *ret_height)
{
    *ret_width = (uint16_t)self->tiles[0].width;
    *ret_height = (uint16_t)self->tiles[0].height;
}

/* Tiles. */

static void
fill(cairo_t *cairo, const Box *box, double red, double green, double blue)
{
    cairo_set_source_rgb(cairo, red, green, blue);
    cairo_rectangle(cairo, box->x, box->y, box->width, box->height);
    cairo_fill(cairo);
}

/* Where the picture lies in its tile. */
static Box
draw_picture(SealCanvas *self, const Box *tile, const SealPicture *picture)
{
    double scale = MIN((double)tile->width / picture->width, (double)tile->height / picture->height);
    Box box = { .width = (int)lround(picture->width * scale), .height = (int)lround(picture->height * scale) };
    /* cairo only reads from it */
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (uint8_t *)picture->bytes, CAIRO_FORMAT_RGB24, (int)picture->width, (int)picture->height, (int)picture->stride);

    box.x = tile->x + (tile->width - box.width) / 2;
    box.y = tile->y + (tile->height - box.height) / 2;
    cairo_save(self->cairo);
    cairo_rectangle(self->cairo, box.x, box.y, box.width, box.height);
    cairo_clip(self->cairo);
    cairo_translate(self->cairo, box.x, box.y);
    cairo_scale(self->cairo, scale, scale);
    cairo_set_source_surface(self->cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(self->cairo), scale == 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
    cairo_paint(self->cairo);
    cairo_restore(self->cairo);
    cairo_surface_destroy(surface);
    return box;
}

static void
draw_black(SealCanvas *self, const Box *tile, const Box *picture, const RecEdit *edit)
{
    const Style style = { SMALL_TEXT, tile->width - 2 * MARGIN, PANGO_ALIGN_RIGHT };
    Box box = *tile;

    if (edit->has_area) {
        int left = picture->x + picture->width * edit->x / REC_ORDER_WHOLE - OUTSET;
        int top = picture->y + picture->height * edit->y / REC_ORDER_WHOLE - OUTSET;
        int right = picture->x + picture->width * (edit->x + edit->width) / REC_ORDER_WHOLE + 1 + OUTSET;
        int bottom = picture->y + picture->height * (edit->y + edit->height) / REC_ORDER_WHOLE + 1 + OUTSET;
        box.x = MAX(left, tile->x);
        box.y = MAX(top, tile->y);
        box.width = MIN(right, tile->x + tile->width) - box.x;
        box.height = MIN(bottom, tile->y + tile->height) - box.y;
    }
    fill(self->cairo, &box, 0, 0, 0);
    const Box plate = { tile->x + tile->width - LABEL, tile->y, LABEL, SMALL_TEXT + 2 * MARGIN };
    fill(self->cairo, &plate, 0, 0, 0);
    cairo_set_source_rgb(self->cairo, 0.8, 0.8, 0.8);
    draw_text(self->cairo, "已遮盖 Redacted", tile->x + MARGIN, tile->y + MARGIN - 2, &style);
}

static const char *
describe_cause(const char *cause)
{
    static const char *const causes[][2] = {
        { "network", "对方网络中断  their line was down" },
        { "node", "本端网络中断  our line was down" },
        { "recorder", "录制中断  the recorder was down" },
        { "muted", "摄像头已关闭  the camera was off" },
        { "paused", "已暂停  paused" },
        { "left", "已离开  left" },
        { "terminal", "终端离线  the terminal was gone" },
        { "codec", "画面无法解码  the picture cannot be decoded" },
    };

    for (unsigned i = 0; cause && i < G_N_ELEMENTS(causes); i++) {
        if (g_str_equal(causes[i][0], cause))
            return causes[i][1];
    }
    return "";
}

static void
draw_card(SealCanvas *self, const Box *tile, const SealTile *content)
{
    const Style large = { MIN(LARGE_TEXT, tile->height / 6), tile->width - 2 * MARGIN, PANGO_ALIGN_CENTER };
    const Style small = { MIN(TEXT, tile->height / 9), tile->width - 2 * MARGIN, PANGO_ALIGN_CENTER };
    int middle = tile->y + tile->height / 2;

    fill(self->cairo, tile, 0.16, 0.18, 0.22);
    cairo_set_source_rgb(self->cairo, 0.92, 0.92, 0.92);
    draw_text(self->cairo, "没有画面  No picture", tile->x + MARGIN, middle - 2 * large.size, &large);
    draw_text(self->cairo, describe_cause(content->cause), tile->x + MARGIN, middle, &small);
}

static void
draw_name(SealCanvas *self, const Box *tile, const SealTile *content)
{
    const Style style = { MIN(TEXT, tile->height / 7), tile->width - 4 * MARGIN, PANGO_ALIGN_LEFT };
    Box plate = { tile->x, tile->y + tile->height - style.size - MARGIN, tile->width, style.size + MARGIN };

    cairo_set_source_rgba(self->cairo, 0, 0, 0, 0.55);
    cairo_rectangle(self->cairo, plate.x, plate.y, plate.width, plate.height);
    cairo_fill(self->cairo);
    cairo_set_source_rgb(self->cairo, 1, 1, 1);
    draw_text(self->cairo, content->name, plate.x + MARGIN, plate.y + 2, &style);
    if (!content->is_speaking)
        return;
    cairo_set_source_rgb(self->cairo, 0.3, 0.85, 0.4);
    cairo_set_line_width(self->cairo, 3);
    cairo_rectangle(self->cairo, tile->x + 1.5, tile->y + 1.5, tile->width - 3, tile->height - 3);
    cairo_stroke(self->cairo);
}

static void
draw_tile(SealCanvas *self, const Box *tile, const SealTile *content)
{
    Box picture = *tile;

    fill(self->cairo, tile, 0, 0, 0);
    if (content->picture)
        picture = draw_picture(self, tile, content->picture);
    else
        draw_card(self, tile, content);
    for (unsigned i = 0; content->picture && content->edits && i < content->edits->len; i++)
        draw_black(self, tile, &picture, content->edits->pdata[i]);
    draw_name(self, tile, content);
}

/* The band. */

static char *
describe_position(int64_t us)
{
    int64_t s = us / G_USEC_PER_SEC;

    return g_strdup_printf("%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static char *
describe_clock(const SealCanvas *self, int64_t at_us, int64_t wall_us)
{
    g_autoptr(GDateTime) wall = g_date_time_new_from_unix_local(wall_us / G_USEC_PER_SEC);
    g_autofree char *time = wall ? g_date_time_format(wall, "%Y-%m-%d %H:%M:%S %:z") : g_strdup("?");
    g_autofree char *at = describe_position(at_us), *of = describe_position(self->duration_us);

    return g_strdup_printf("%s   %s / %s", time, at, of);
}

static void
draw_band(SealCanvas *self, int64_t at_us, int64_t wall_us)
{
    const Box band = { 0, self->height - BAND, self->width, BAND };
    const Style line = { TEXT, self->width - 2 * MARGIN, PANGO_ALIGN_LEFT };
    const Style note = { SMALL_TEXT, self->width - 2 * MARGIN, PANGO_ALIGN_LEFT };
    const Style clock_style = { TEXT, self->width - 2 * MARGIN, PANGO_ALIGN_RIGHT };
    const Style title = { TEXT, line.width / 2, PANGO_ALIGN_LEFT };
    g_autofree char *clock = describe_clock(self, at_us, wall_us);

    fill(self->cairo, &band, 0.05, 0.06, 0.08);
    cairo_set_source_rgb(self->cairo, 1, 1, 1);
    draw_text(self->cairo, self->order->title ? self->order->title : "", MARGIN, band.y + 4, &title);
    draw_text(self->cairo, clock, MARGIN, band.y + 4, &clock_style);
    cairo_set_source_rgb(self->cairo, 0.75, 0.75, 0.75);
    draw_text(self->cairo, self->order->note ? self->order->note : "", MARGIN, band.y + 31, &note);
}

void
seal_canvas_draw(SealCanvas *self, const SealTile *tiles, int64_t at_us, int64_t wall_us)
{
    cairo_set_source_rgb(self->cairo, 0, 0, 0);
    cairo_paint(self->cairo);
    for (unsigned i = 0; i < self->n_tiles; i++)
        draw_tile(self, &self->tiles[i], &tiles[i]);
    draw_band(self, at_us, wall_us);
    if (self->mark) {
        cairo_set_source_surface(self->cairo, self->mark, 0, 0);
        cairo_paint(self->cairo);
    }
}

const uint8_t *
seal_canvas_get_bytes(SealCanvas *self)
{
    cairo_surface_flush(self->surface);
    return cairo_image_surface_get_data(self->surface);
}
