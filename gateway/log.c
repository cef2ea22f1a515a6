#include "gateway/log.h"

#include <stdio.h>
#include <string.h>

enum { MAX_MESSAGE = 2000 };

static const char *
level_name(GLogLevelFlags level)
{
    switch (level & G_LOG_LEVEL_MASK) {
    case G_LOG_LEVEL_ERROR:
        return "FATAL";
    case G_LOG_LEVEL_CRITICAL:
        return "BUG";
    case G_LOG_LEVEL_WARNING:
        return "WARNING";
    case G_LOG_LEVEL_MESSAGE:
        return "NOTICE";
    case G_LOG_LEVEL_INFO:
        return "INFO";
    default:
        return "DEBUG";
    }
}

char *
gw_log_format(GLogLevelFlags level, const char *domain, const char *message, gint64 at_us)
{
    g_autoptr(GDateTime) second = g_date_time_new_from_unix_utc(at_us / G_USEC_PER_SEC);
    g_autofree char *time = g_date_time_format(second, "%Y-%m-%dT%H:%M:%S");
    g_autofree char *valid = g_utf8_make_valid(message, (gssize)strnlen(message, MAX_MESSAGE));

    for (char *at = valid; *at != '\0'; at++) {
        if ((guchar)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    }
    return g_strdup_printf("%s.%03dZ %s %s: %s", time, (int)(at_us % G_USEC_PER_SEC / 1000), level_name(level),
                           domain != NULL ? domain : "-", valid);
}

static GLogWriterOutput
write_line(GLogLevelFlags level, const GLogField *fields, gsize n_fields, void *data)
{
    const char *domain = NULL, *message = "";
    (void)data;

    for (gsize i = 0; i < n_fields; i++) {
        if (g_str_equal(fields[i].key, "GLIB_DOMAIN"))
            domain = fields[i].value;
        else if (g_str_equal(fields[i].key, "MESSAGE"))
            message = fields[i].value;
    }
    if (g_log_writer_default_would_drop(level, domain))
        return G_LOG_WRITER_HANDLED;
    if (g_log_writer_is_journald(fileno(stderr)) &&
        g_log_writer_journald(level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;

    g_autofree char *line = gw_log_format(level, domain, message, g_get_real_time());
    fprintf(stderr, "%s\n", line);
    return G_LOG_WRITER_HANDLED;
}

void
gw_log_init(void)
{
    g_log_set_writer_func(write_line, NULL, NULL);
}
