#include "gateway/reports/document.h"

#include "gateway/print.h"

static const char style[] =
    "body{font:15px/1.7 sans-serif;margin:2em auto;max-width:46em;padding:0 1em;color:#1b1f24}h1{font-size:26px;"
    "text-align:center;color:#a3161b;margin:.2em 0}.under{text-align:center;margin:0 0 1.5em;padding-bottom:.8em;"
    "border-bottom:2px solid #a3161b}h2{font-size:17px;margin:1.4em 0 .3em;break-after:avoid}p{margin:.3em 0;"
    "overflow-wrap:anywhere}dl{display:grid;grid-template-columns:9em 1fr;gap:.2em "
    "1em;margin:0}dt{color:#57606a}dd{margin:0;"
    "overflow-wrap:anywhere}.bar{display:grid;grid-template-columns:11em 1fr 4em;gap:.8em;align-items:center}"
    ".bar i{display:block;height:12px;background:#e8edf3}.bar b{display:block;height:12px;background:#2c6fc4}"
    ".bar span:last-child{text-align:right}.sign{display:inline-block;width:40%;margin:3em 4% 0;padding-top:.4em;"
    "border-top:1px solid #888}.note{color:#57606a;font-size:12px;margin-top:2em}@page{size:A4;margin:20mm}"
    "@media print{body{margin:0;max-width:none}}";

static void
block_free(void *data)
{
    GwBlock *block = data;

    g_free(block->label);
    g_free(block->text);
    g_free(block);
}

GwDocument *
gw_document_new(const char *language)
{
    GwDocument *self = g_new0(GwDocument, 1);

    self->blocks = g_ptr_array_new_with_free_func(block_free);
    self->language = g_strdup(language);
    return self;
}

void
gw_document_free(GwDocument *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->blocks);
    g_free(self->language);
    g_free(self);
}

static GwBlock *
add(GwDocument *self, GwBlockKind kind)
{
    GwBlock *block = NULL;

    if (self->blocks->len >= GW_DOCUMENT_MAX_BLOCKS)
        return NULL;
    block = g_new0(GwBlock, 1);
    block->kind = kind;
    g_ptr_array_add(self->blocks, block);
    return block;
}

void
gw_document_add(GwDocument *self, GwBlockKind kind, const char *label, const char *text)
{
    GwBlock *block = add(self, kind);

    if (block == NULL)
        return;
    block->label = g_strdup(label);
    block->text = g_strdup(text);
}

void
gw_document_add_bar(GwDocument *self, const char *label, int64_t number, int64_t most)
{
    GwBlock *block = add(self, GW_BLOCK_BAR);

    if (block == NULL)
        return;
    block->label = g_strdup(label);
    block->number = number;
    block->most = MAX(most, 1);
}

static void
add_element(GString *page, const char *tag, const char *attributes, const char *text)
{
    g_string_append_printf(page, "<%s%s>", tag, attributes);
    gw_print_add_text(page, text);
    g_string_append_printf(page, "</%s>", tag);
}

static void
add_paragraphs(GString *page, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", 0);

    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0')
            add_element(page, "p", "", *line);
    }
}

static void
add_bar(GString *page, const GwBlock *block)
{
    g_string_append(page, "<div class=\"bar\">");
    add_element(page, "span", "", block->label);
    g_string_append_printf(
        page, "<i><b style=\"width:%" G_GINT64_FORMAT "%%\"></b></i><span>%" G_GINT64_FORMAT "</span></div>",
        CLAMP(block->number * 100 / block->most, 0, 100), block->number);
}

static void
add_block(GString *page, const GwBlock *block)
{
    switch (block->kind) {
    case GW_BLOCK_TITLE:
        add_element(page, "h1", "", block->text);
        break;
    case GW_BLOCK_UNDER:
        add_element(page, "p", " class=\"under\"", block->text);
        break;
    case GW_BLOCK_HEAD:
        add_element(page, "h2", "", block->text);
        break;
    case GW_BLOCK_PAIR:
        g_string_append(page, "<dl>");
        add_element(page, "dt", "", block->label);
        add_element(page, "dd", "", block->text);
        g_string_append(page, "</dl>");
        break;
    case GW_BLOCK_TEXT:
        add_paragraphs(page, block->text);
        break;
    case GW_BLOCK_BAR:
        add_bar(page, block);
        break;
    case GW_BLOCK_SIGN:
        add_element(page, "p", " class=\"sign\"", block->label);
        break;
    case GW_BLOCK_NOTE:
        add_element(page, "p", " class=\"note\"", block->text);
        break;
    }
    g_string_append_c(page, '\n');
}

char *
gw_document_to_html(const GwDocument *self)
{
    g_autoptr(GString) page = g_string_new("<!doctype html>\n");
    const GwBlock *title = self->blocks->len > 0 ? self->blocks->pdata[0] : NULL;

    g_string_append_printf(page,
                           "<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                           "<meta name=\"viewport\" content=\"width=device-width\">",
                           self->language);
    add_element(page, "title", "", title != NULL ? title->text : "");
    g_string_append_printf(page, "<style>%s</style></head>\n<body>\n", style);
    for (unsigned i = 0; i < self->blocks->len; i++)
        add_block(page, self->blocks->pdata[i]);
    g_string_append(page, "</body></html>\n");
    return g_string_free(g_steal_pointer(&page), FALSE);
}
