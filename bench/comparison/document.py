"""docs/performance.md and its plots, from kept results."""
import os

import figures as f
import plots
import targets
from shapes import JANUS, LOOPS, NAMES, OURS, named

SHORT = {JANUS: "Janus", LOOPS: "Janus, 2 loops", OURS: "Yuanjian"}
ORDER = (OURS, JANUS, LOOPS)


COMPARED = (  # path, what it is, 1 where less is better, factor, unit
    (f.NS, "CPU per forwarded packet", 1, 1e-3, "µs"),
    (f.P50, "first RTP p50", 1, 1, "ms"),
    (f.P95, "first RTP p95", 1, 1, "ms"),
    (f.PICTURE_P50, "first whole picture p50", 1, 1, "ms"),
    (f.LATENCY_P50, "latency p50", 1, 1e-3, "ms"),
    (f.LATENCY_P99, "latency p99", 1, 1e-3, "ms"),
    ("server.rss_kb", "memory", 1, 1 / 1024, "MB"),
    ("media.loss_percent", "loss", 1, 1, "%"),
    (f.IN_TIME, "frames whole within 200 ms", -1, 1, "%"),
    (f.AUDIO, "audio that arrives", -1, 1, "%"),
    (f.STILL, "longest still picture", 1, 1, "ms"),
    ("media.latency_burst_us.max", "longest gap while 50 join", 1, 1e-3, "ms"),
)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "--|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cell(value, show):
    return "–" if value is None else show(value)


LOUDEST = """Among more than six microphones we forward the loudest three and whoever has the floor. So in the rooms of 16 and of 9 publishers
most of what is counted as lost was not to be heard; and the last 100 ms before somebody was heard come late, but come.

Where viewers leave and rejoin, what is counted as lost was skipped: who joins is sent what is stored since the last key frame, and
goes on with a newer key frame as soon as there is one. What it gets has no gap in its sequence numbers and can be decoded throughout."""


class Document:
    def __init__(self, path, lines, source):
        self.path, self.source, self.all = path, source, f.Figures(lines)
        self.folder = path.with_suffix("")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.notes = []

    def marked(self, shape, server, text):
        """With the number of a footnote where the run behind it needs one."""
        marks = self.all.marks(shape, server)
        if not marks or text == "–":
            return text
        note = ", ".join(marks)
        if note not in self.notes:
            self.notes.append(note)
        return f"{text} [{self.notes.index(note) + 1}]"

    def footnotes(self):
        return "\n".join(f"[{number}] {note}  " for number, note in enumerate(self.notes, 1))

    def each(self, shapes, path, show, ratio=True, marked=True):
        """A row a shape: the figure of each server, and how many times ours Janus's is."""
        rows = []
        for shape in shapes:
            row = [shape.title]
            for server in ORDER:
                text = cell(self.all.get(shape.name, server, path), show)
                row.append(self.marked(shape.name, server, text) if marked else text)
            if ratio:
                row += [cell(self.all.ratio(shape.name, server, path), lambda value: f"{value:.1f} ×") for server in f.OTHERS]
            rows.append(row)
        return rows

    def head(self, first, ratio=True):
        return [first, *(SHORT[server] for server in ORDER), *(["Janus to us", "2 loops to us"] if ratio else [])]

    def picture(self, name, alt):
        return f"![{alt}]({self.folder.name}/{name}.svg)"

    # Sections.

    def verdict(self):
        rows = [[target.wanted, target.measured, "met" if target.met else "**missed**"] for target in targets.check(self.all)]
        return table(["target", "measured", ""], rows) if rows else "Nothing that a target is about was measured."

    def losses(self):
        """Wherever one of the two Janus is better than we are, by more than 2 %."""
        lines = []
        for path, name, sign, factor, unit in COMPARED:
            for shape in self.all.measured():
                if path == f.NS and shape.about == "memory":
                    continue
                ours = self.all.get(shape.name, OURS, path)
                better = []
                for server in f.OTHERS:
                    theirs = self.all.get(shape.name, server, path)
                    if ours is not None and theirs is not None and sign * (ours - theirs) > 0.02 * abs(theirs) + 1e-9:
                        better.append(f"{NAMES[server]} {theirs * factor:.2f} {unit}")
                if better:
                    lines.append(f"- {name}, {shape.title}: {', '.join(better)}; we {ours * factor:.2f} {unit}")
        return "\n".join(lines) or "Nowhere in this run."

    def cost(self):
        shapes = [shape for shape in self.all.measured("cost")] + [s for s in self.all.measured("joins") if s.name == "churn"]
        plots.bars(self.folder / "cost.svg", "CPU per forwarded packet, µs",
                   [(shape.title, {server: value / 1000 for server in f.SERVERS
                                   if (value := self.all.get(shape.name, server, f.NS))}) for shape in shapes])
        return "\n\n".join((
            table(self.head("CPU per forwarded packet"), self.each(shapes, f.NS, lambda value: f"{value / 1000:.2f} µs")),
            f"The bare minimum of work (`bench/limit`, paced_live, N = 100, same run): {self.all.limit() / 1000:.2f} µs."
            if self.all.limit() else "", self.by_thread(), self.picture("cost", "CPU per forwarded packet, by shape")))

    def by_thread(self):
        """Ours, joins included."""
        lines = []
        for shape in ("one-to-100", "pairs", "pairs-recorded", "one-worker", "two-workers"):
            runs = self.all.of(shape, OURS)
            if runs:
                threads = runs[-1]["threads"]
                shares = sorted(((100 * seconds / sum(threads.values()), name) for name, seconds in threads.items()), reverse=True)
                lines.append(f"{named(shape).title}: " + ", ".join(f"{name} {share:.0f} %" for share, name in shares if share >= 1))
        return "Our CPU by thread, joins included: " + "; ".join(lines) + "." if lines else ""

    def audience(self):
        """Figures over the number of viewers."""
        parts = []
        limit = self.all.limit()
        for name, title, path, scale, dashed in (
                ("cost-by-viewers", "CPU per forwarded packet, µs, 1 → N", f.NS, 1e-3,
                 ("bare minimum, N = 100", limit / 1000) if limit else None),
                ("latency-by-viewers", "p99 latency, ms, 1 → N", f.LATENCY_P99, 1e-3, None),
                ("memory-by-viewers", "memory (RSS), MB, 1 → N", "server.rss_kb", 1 / 1024, None)):
            series = {}
            for server in f.SERVERS:
                points = [(n, value * scale) for n in (10, 50, 100, 200, 400)
                          if (value := self.all.get(f"one-to-{n}", server, path)) is not None]
                if len(points) > 1:
                    series[server] = points
            if series:
                plots.curves(self.folder / f"{name}.svg", title, "viewers", series, dashed)
                parts.append(self.picture(name, title))
        return "\n\n".join(parts)

    def memory(self):
        rows = [["a viewer (slope from the smallest to the largest audience up to 200)",
                 *(cell(self.all.kb_per_viewer(server), lambda value: f"{value:.0f} kB") for server in ORDER)],
                ["a publisher (40 rooms of one, nobody watches)",
                 *(cell(self.all.kb_per_publisher(server), lambda value: f"{value:.0f} kB") for server in ORDER)]]
        shapes = [shape for shape in self.all.measured() if shape.about in ("cost", "memory") and shape.name != "thrice"]
        parts = [table(self.head("memory (RSS)", ratio=False), rows + self.each(shapes, "server.rss_kb",
                       lambda value: f"{value / 1024:.1f} MB", ratio=False, marked=False)),
                 table(self.head("threads", ratio=False), self.each(shapes, "server.threads_peak", lambda value: f"{value:.0f}", False, False))]
        idle = self.each(self.all.measured("memory"), "server.cpu_percent", lambda value: f"{value:.2f} %", False, False)
        parts.append(table(self.head("of one CPU", ratio=False), [row for row in idle if "idle" in row[0]]) if idle else "")
        cycles = self.all.of("thrice", OURS)
        if cycles:
            parts.append("Three times 1 → 100 in one process: " + ", ".join(
                f"{line['after_kb'] / 1024:.1f} MB" for line in cycles) +
                f" after all had left; {cycles[0]['start_kb'] / 1024:.1f} MB before the first came.")
        return "\n\n".join(part for part in parts if part)

    def joins(self):
        shapes = [shape for shape in self.all.measured() if shape.about in ("cost", "joins")]
        rows = []
        for shape in shapes:
            row = [shape.title]
            for server in ORDER:
                values = [self.all.get(shape.name, server, path) for path in (f.P50, f.P95, f.PICTURE_P50, f.PICTURE_P95)]
                row.append("–" if None in values else "{:.0f} / {:.0f}, {:.0f} / {:.0f}".format(*values))
            rows.append(row)
        parts = [JOIN_TEXT, table(self.head("first RTP, first whole picture: p50 / p95, ms", ratio=False), rows)]
        if self.all.of("burst", OURS):
            rows = [[name, *(cell(self.all.get("burst", server, path), show) for server in ORDER)] for name, path, show in (
                ("latency for those already in, p50", "media.latency_burst_us.p50", lambda value: f"{value / 1000:.1f} ms"),
                ("… p99", "media.latency_burst_us.p99", lambda value: f"{value / 1000:.1f} ms"),
                ("… the longest", "media.latency_burst_us.max", lambda value: f"{value / 1000:.1f} ms"),
                ("first RTP for the 50, p50", "join_ms.burst_first_rtp.p50", lambda value: f"{value:.0f} ms"),
                ("… p95", "join_ms.burst_first_rtp.p95", lambda value: f"{value:.0f} ms"))]
            parts.append(table(self.head("50 at once into a room of 50", ratio=False), rows))
        return "\n\n".join(parts)

    def latency(self):
        shapes = [shape for shape in self.all.measured() if shape.about in ("cost", "joins")]
        rows = []
        for shape in shapes:
            row = [shape.title]
            for server in ORDER:
                values = [self.all.get(shape.name, server, path) for path in (f.LATENCY_P50, f.LATENCY_P99, "media.loss_percent")]
                row.append("–" if None in values else self.marked(
                    shape.name, server, f"{values[0] / 1000:.2f} / {values[1] / 1000:.2f}, {values[2]:.2f} %"))
            rows.append(row)
        return table(self.head("latency p50 / p99, ms, loss", ratio=False), rows)

    def loss(self):
        shapes = self.all.measured("loss")
        parts = []
        series = {}
        for server in f.SERVERS:
            points = [(percent, value) for percent in (1, 5, 10, 20)
                      if (value := self.all.get(f"loss-{percent}", server, f.IN_TIME)) is not None]
            if len(points) > 1:
                series[server] = points
        if series:
            plots.curves(self.folder / "frames-by-loss.svg", "frames whole within 200 ms, %, 1 → 20", "packets lost, %", series)
            parts.append(self.picture("frames-by-loss", "Frames whole within 200 ms, by loss"))
        for title, path, show in (("frames whole within 200 ms", f.IN_TIME, lambda value: f"{value:.1f} %"),
                                  ("audio that arrives", f.AUDIO, lambda value: f"{value:.1f} %"),
                                  ("longest still picture", f.STILL, lambda value: f"{value:.0f} ms"),
                                  ("CPU per forwarded packet", f.NS, lambda value: f"{value / 1000:.2f} µs")) if shapes else ():
            parts.append(table(self.head(title, ratio=False), self.each(shapes, path, show, ratio=False,
                                                                               marked=path == f.IN_TIME)))
        return "\n\n".join(parts)

    def run_facts(self):
        head = self.all.head
        on = head["machine"]
        others = self.all.others_percent()
        rows = [["command", f"`{head['command']}`, {self.all.took // 60} min {self.all.took % 60} s"],
                   ["date", on["date"]],
                   ["machine", f"{on['cpus']} × {on['cpu']}{', virtual' if on['virtual'] else ''}, {on['memory_mb']} MB"],
                   ["system", f"{on['system']}, kernel {on['kernel']}"],
                   ["versions", ", ".join(f"{name} {version}" for name, version in on["versions"].items())],
                   ["others", f"used {sorted(others)[len(others) // 2]:.0f} % of one CPU (median over the runs), "
                              f"{max(others):.0f} % at most; load before: {on['load_before']:.2f}"],
                   ["results", f"[{self.source.name}]({os.path.relpath(self.source, self.path.parent)})"]]
        return table(["", ""], rows)

    def warning(self):
        others = sorted(self.all.others_percent())
        busy = others and others[len(others) // 2] > 15
        text = ["**The machine was busy with other things during this run: absolute figures, latency and loss above all, are too "
                "high, and the ratios are rough.**"] if busy else []
        if self.all.head.get("quick"):
            text.append("This was a short run (`--quick`).")
        if self.all.head.get("note"):
            text.append(self.all.head["note"])
        return "\n\n".join(text)

    def text(self):
        sections = {
            "Against what was set out to be reached": self.verdict(),
            "Where Janus is better": self.losses() + "\n\n" + LOUDEST,
            "CPU": self.cost() + "\n\n" + self.audience(),
            "Memory and threads": self.memory(),
            "Joining": self.joins(),
            "Latency and loss on a good line": self.latency(),
            "On a bad line": LOSS_TEXT + "\n\n" + self.loss() if self.all.measured("loss") else "",
            "On a line that becomes thin": THIN_TEXT,
            "The run": self.run_facts(),
            "Measuring it again": AGAIN,
        }
        footnotes = self.footnotes()
        body = "\n\n".join(f"## {title}\n\n{section.strip()}" for title, section in sections.items() if section)
        return "\n\n".join(part for part in (HEAD, self.warning(), body, footnotes) if part) + "\n"


HEAD = """<!-- Written by bench/compare --from; to change it, change bench/comparison/document.py. -->
# Performance

What the gateway costs, beside Janus (VideoRoom, Debian's package, all defaults) and Janus with `event_loops = 2`, on the same
shapes in turns in one run. The load generator (`bench/webrtc-load`) plays the publishers and viewers on the same machine;
each publisher sends 1.2 Mbit/s of VP8-shaped video at 25 frames per second and Opus-shaped audio, some 200 packets a second.
CPU is user and system time of all threads of the server, divided by the RTP packets that arrived at viewers. Everything goes
over loopback, so a send pays for the kernel's way to the receiving socket too, and there is no network card. Absolute figures
are those of one machine: compare ratios."""

JOIN_TEXT = """From the start of signalling, everything included: for us TCP and a WHEP request; for Janus a WebSocket, a session and a
handle (in rooms of 2, 6 and 16 participants watch over the WebSocket that they publish with). Four join at a time."""

THIN_TEXT = """Chromium watches Chromium over a line of 20 ms that has room for everything, then for 700 kbit/s, then 150 kbit/s, then for
everything again, with 400 ms of queue; another one watches beside it over a free line. `tools/line-test --simulcast` has three sizes to
choose from, as a room's terminal sends them; `tools/line-test` one size in two temporal layers, as families and weak terminals send it.
They end with what must be so, a line each, and draw these with `--plot FILE.svg`. The picture is one that an encoder needs its whole rate
for. In the second in which the line becomes thin a third of the sound is made up: that is its queue, which fills before anybody knows.

![Three sizes on a line that becomes thin](pictures/thin-line.svg)

![One size on the same line](pictures/thin-line-one-size.svg)"""

LOSS_TEXT = """1 → 20. Of what viewers receive, and of their RTCP in both directions, a share is lost at random; what they receive comes 30 ms
late. Viewers ask for lost video every 50 ms, up to ten times. To us they offer RED for audio; Janus would have to be sent it by
the publisher, and is not."""

AGAIN = """`bench/compare` as root on Debian 12 installs Janus and what is missing, builds, measures and writes this page. `bench/compare
--help` tells the rest, [bench/README.md](../bench/README.md) what the other tools in `bench/` are for. `bench/micro` times the
parts of the packet path one by one, so that a regression shows where."""


def write(path, lines, source):
    path.write_text(Document(path.resolve(), lines, source.resolve()).text())
