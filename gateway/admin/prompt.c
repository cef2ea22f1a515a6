#include "gateway/admin/prompt.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool
read_line(char *line, int size)
{
    if (fgets(line, size, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return line[0] != '\0';
}

static bool
read_hidden(char *line, int size)
{
    struct termios shown, hidden;
    bool fine = false;

    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return read_line(line, size);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fine = read_line(line, size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    return fine;
}

bool
gw_prompt_add_password(JsonObject *params, GError **error)
{
    char line[GW_PROMPT_MAX + 2] = "";
    bool fine = false;

    if (isatty(STDIN_FILENO))
        fprintf(stderr, "Password of %s: ",
                json_object_get_string_member(params, json_object_has_member(params, "by") ? "by" : "user"));
    fine = isatty(STDIN_FILENO) ? read_hidden(line, sizeof(line)) : read_line(line, sizeof(line));
    if (fine)
        json_object_set_string_member(params, "password", line);
    else
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "a password is needed");
    memset(line, 0, sizeof(line));
    return fine;
}
