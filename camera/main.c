/* yuanjian-camera - takes in one camera: see lines.h for what it is told and what it says */
#include <glib-unix.h>
#include <gst/gst.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "camera/plugins.h"
#include "camera/pull.h"
#include "camera/sandbox.h"

enum { MEDIA_FD = 3, END_SECONDS = 2 /* for a last word to the camera */ };

static void
tell(const CamReport *report, void *user_data)
{
    g_autofree char *line = cam_report_to_line(report);

    (void)user_data;
    printf("%s\n", line);
    fflush(stdout);
}

static bool
read_order(CamOrder *order)
{
    char line[CAM_MAX_LINE + 2];
    bool good = true;

    while (good && !order->complete && fgets(line, sizeof line, stdin)) {
        size_t length = strcspn(line, "\n");
        good = line[length] == '\n';
        line[length] = '\0';
        good = good && cam_order_take_line(order, line);
    }
    explicit_bzero(line, sizeof line);
    return good && order->complete;
}

static gboolean
on_end(void *pull)
{
    alarm(END_SECONDS); /* whatever the camera answers */
    cam_pull_quit(pull);
    return G_SOURCE_CONTINUE;
}

/* Nothing more is said to us: its end is ours. */
static gboolean
on_input(int fd, GIOCondition condition, void *pull)
{
    char rest[64];

    (void)condition;
    if (read(fd, rest, sizeof rest) > 0)
        return G_SOURCE_CONTINUE;
    on_end(pull);
    return G_SOURCE_REMOVE;
}

int
main(void)
{
    CamOrder order = { 0 };
    g_autoptr(GError) error = NULL;

    setlocale(LC_ALL, "C");
    setvbuf(stdin, NULL, _IONBF, 0); /* no copy of the password */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!cam_plugins_load(&error) || !cam_sandbox_enter(&error)) {
        fprintf(stderr, "yuanjian-camera: %s\n", error->message);
        return EX_SOFTWARE;
    }
    if (!read_order(&order)) {
        fprintf(stderr, "yuanjian-camera: it is started by the service and told on its standard input what to do\n");
        return EX_USAGE;
    }
    g_autoptr(CamOutlet) outlet = cam_outlet_new(order.test ? -1 : MEDIA_FD);
    CamPull *pull = cam_pull_new(&order, outlet, tell, NULL);
    cam_order_clear(&order);
    g_unix_signal_add(SIGTERM, on_end, pull);
    g_unix_signal_add(SIGINT, on_end, pull);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, pull);
    cam_pull_run(pull);
    alarm(END_SECONDS);
    cam_pull_free(pull);
    return EX_OK;
}
