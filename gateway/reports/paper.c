#include "gateway/reports/paper.h"

#include <cairo-pdf.h>
#include <gio/gio.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

/* Points; A4. */
#define WIDTH  595.0
#define HEIGHT 842.0
#define MARGIN 60.0
#define BOTTOM (HEIGHT - MARGIN)
#define INNER  (WIDTH - 2 * MARGIN)
#define LABEL  110.0
#define NUMBER 50.0
#define GAP    6.0

static const char FONTS[] = "Noto Sans CJK SC,WenQuanYi Micro Hei,Sans";

typedef struct {
    double size, before, red, green, blue;
    bool bold, centred;
} Style;

static const Style styles[] = {
    [GW_BLOCK_TITLE] = { 20, 0, 0.64, 0.09, 0.11, true, true },
    [GW_BLOCK_UNDER] = { 11, 6, 0.1, 0.1, 0.1, false, true },
    [GW_BLOCK_HEAD] = { 13, 14, 0.1, 0.1, 0.1, true, false },
    [GW_BLOCK_PAIR] = { 10.5, 3, 0.1, 0.1, 0.1, false, false },
    [GW_BLOCK_TEXT] = { 10.5, 3, 0.1, 0.1, 0.1, false, false },
    [GW_BLOCK_BAR] = { 10, 4, 0.1, 0.1, 0.1, false, false },
    [GW_BLOCK_SIGN] = { 10.5, 48, 0.1, 0.1, 0.1, false, false },
    [GW_BLOCK_NOTE] = { 8.5, 18, 0.35, 0.35, 0.35, false, false },
};

typedef struct {
    cairo_t *cairo;
    PangoContext *context;
    double y;
    unsigned page;
    bool full; /* no more pages */
} Paper;

static PangoLayout *
make_layout(const Paper *self, const Style *style, const char *text, double width)
{
    PangoLayout *layout = pango_layout_new(self->context);
    PangoFontDescription *font = pango_font_description_from_string(FONTS);

    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, style->centred ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
    pango_layout_set_spacing(layout, (int)(style->size * 0.35 * PANGO_SCALE));
    pango_layout_set_text(layout, text != NULL ? text : "", -1);
    return layout;
}

static void
draw_foot(Paper *self)
{
    g_autofree char *text = g_strdup_printf("— %u —", self->page);
    const Style style = { 9, 0, 0.35, 0.35, 0.35, false, true };
    g_autoptr(PangoLayout) layout = make_layout(self, &style, text, INNER);

    cairo_set_source_rgb(self->cairo, style.red, style.green, style.blue);
    cairo_move_to(self->cairo, MARGIN, HEIGHT - MARGIN / 2 - style.size);
    pango_cairo_show_layout(self->cairo, layout);
}

static void
turn(Paper *self)
{
    draw_foot(self);
    cairo_show_page(self->cairo);
    self->page++;
    self->y = MARGIN;
    self->full = self->page > GW_PAPER_MAX_PAGES;
}

/* Room for something of this height; a new page if there is none. */
static bool
make_room(Paper *self, double height)
{
    if (self->y + height > BOTTOM && self->y > MARGIN)
        turn(self);
    return !self->full;
}

/* Line by line: a paragraph goes over to the next page. */
static void
draw_lines(Paper *self, PangoLayout *layout, const Style *style, double x)
{
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    double spacing = style->size * 0.35;

    do {
        PangoRectangle line = { 0 };
        pango_layout_iter_get_line_extents(iter, NULL, &line);
        double height = line.height / (double)PANGO_SCALE;
        if (!make_room(self, height))
            break;
        double base = (pango_layout_iter_get_baseline(iter) - line.y) / (double)PANGO_SCALE;
        cairo_set_source_rgb(self->cairo, style->red, style->green, style->blue);
        cairo_move_to(self->cairo, x + line.x / (double)PANGO_SCALE, self->y + base);
        pango_cairo_show_layout_line(self->cairo, pango_layout_iter_get_line_readonly(iter));
        self->y += height + spacing;
    } while (pango_layout_iter_next_line(iter));
    pango_layout_iter_free(iter);
}

static void
draw_text(Paper *self, const Style *style, const char *text, double x, double width)
{
    g_autoptr(PangoLayout) layout = make_layout(self, style, text, width);

    draw_lines(self, layout, style, x);
}

static void
draw_rule(Paper *self, const Style *style, double width)
{
    cairo_set_source_rgb(self->cairo, style->red, style->green, style->blue);
    cairo_set_line_width(self->cairo, width);
    cairo_move_to(self->cairo, MARGIN, self->y + GAP);
    cairo_line_to(self->cairo, WIDTH - MARGIN, self->y + GAP);
    cairo_stroke(self->cairo);
    self->y += 2 * GAP;
}

static void
draw_pair(Paper *self, const Style *style, const GwBlock *block)
{
    const Style grey = { style->size, 0, 0.35, 0.35, 0.35, false, false };
    double top = 0;

    if (!make_room(self, style->size * 1.5))
        return;
    top = self->y;
    draw_text(self, &grey, block->label, MARGIN, LABEL - GAP);
    self->y = top;
    draw_text(self, style, block->text, MARGIN + LABEL, INNER - LABEL);
}

static void
draw_bar(Paper *self, const Style *style, const GwBlock *block)
{
    double width = INNER - LABEL - NUMBER - 2 * GAP, x = MARGIN + LABEL + GAP, top = 0;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, block->number);

    if (!make_room(self, style->size * 2))
        return;
    top = self->y;
    cairo_set_source_rgb(self->cairo, 0.91, 0.93, 0.95);
    cairo_rectangle(self->cairo, x, top + 2, width, style->size);
    cairo_fill(self->cairo);
    cairo_set_source_rgb(self->cairo, 0.17, 0.44, 0.77);
    cairo_rectangle(self->cairo, x, top + 2, width * (double)CLAMP(block->number, 0, block->most) / (double)block->most,
                    style->size);
    cairo_fill(self->cairo);
    draw_text(self, style, number, x + width + GAP, NUMBER);
    self->y = top;
    draw_text(self, style, block->label, MARGIN, LABEL);
}

static void
draw_sign(Paper *self, const Style *style, const GwBlock *block)
{
    if (!make_room(self, style->size * 2))
        return;
    cairo_set_source_rgb(self->cairo, style->red, style->green, style->blue);
    cairo_set_line_width(self->cairo, 0.5);
    cairo_move_to(self->cairo, MARGIN, self->y);
    cairo_line_to(self->cairo, MARGIN + INNER / 2, self->y);
    cairo_stroke(self->cairo);
    self->y += GAP;
    draw_text(self, style, block->label, MARGIN, INNER);
}

static void
draw_block(Paper *self, const GwBlock *block)
{
    const Style *style = &styles[block->kind];

    if (self->y > MARGIN)
        self->y += style->before;
    switch (block->kind) {
    case GW_BLOCK_PAIR:
        draw_pair(self, style, block);
        return;
    case GW_BLOCK_BAR:
        draw_bar(self, style, block);
        return;
    case GW_BLOCK_SIGN:
        draw_sign(self, style, block);
        return;
    case GW_BLOCK_HEAD: /* not alone at the end of a page */
        if (!make_room(self, style->size * 5))
            return;
        break;
    case GW_BLOCK_TITLE:
    case GW_BLOCK_UNDER:
    case GW_BLOCK_TEXT:
    case GW_BLOCK_NOTE:
        break;
    }
    draw_text(self, style, block->text, MARGIN, INNER);
    if (block->kind == GW_BLOCK_UNDER)
        draw_rule(self, &styles[GW_BLOCK_TITLE], 1.5);
}

static cairo_status_t
on_bytes(void *closure, const unsigned char *data, unsigned length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static void
draw_all(Paper *self, const GwDocument *document)
{
    for (unsigned i = 0; i < document->blocks->len && !self->full; i++)
        draw_block(self, document->blocks->pdata[i]);
    if (self->full)
        draw_text(self, &styles[GW_BLOCK_NOTE], "…", MARGIN, INNER);
    draw_foot(self);
}

GBytes *
gw_paper_make(const GwDocument *document, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(on_bytes, bytes, WIDTH, HEIGHT);
    Paper paper = { .cairo = cairo_create(surface), .y = MARGIN, .page = 1 };
    const GwBlock *title = document->blocks->len > 0 ? document->blocks->pdata[0] : NULL;
    cairo_status_t status = CAIRO_STATUS_SUCCESS;

    if (title != NULL)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title->text);
    paper.context = pango_cairo_create_context(paper.cairo);
    draw_all(&paper, document);
    g_object_unref(paper.context);
    cairo_show_page(paper.cairo);
    cairo_surface_finish(surface);
    status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_status(paper.cairo);
    cairo_destroy(paper.cairo);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the PDF cannot be drawn: %s",
                    cairo_status_to_string(status));
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
