"""What was set out to be reached, and whether it was."""
import figures as f
from shapes import JANUS, LOOPS, OURS, named

RATIOS = (  # shape, at most 1/N of Janus, of Janus with event_loops = 2
    ("one-to-100", 8, 5),
    ("one-to-200", 8, 5),
    ("pairs", 5, None),
    ("pairs-recorded", 4, None),
    ("six", 5, None),
    ("sha1", 3, None),
    ("paced", 3, None),
)


class Target:
    def __init__(self, wanted, measured, met):
        self.wanted, self.measured, self.met = wanted, measured, met


def at_most(wanted, value, limit, show):
    return None if value is None else Target(wanted, show(value), value <= limit)


def at_least(wanted, value, limit, show):
    return None if value is None else Target(wanted, show(value), value >= limit)


def of_ratios(all_):
    for shape, janus, loops in RATIOS:
        for server, times, name in ((JANUS, janus, "Janus"), (LOOPS, loops, "Janus with `event_loops = 2`")):
            if times:
                yield at_least(f"CPU per packet, {named(shape).title}: at most 1/{times} of {name}", all_.ratio(shape, server), times,
                               lambda value: f"1/{value:.1f}")


def of_cost(all_):
    ours, limit = all_.get("one-to-100", OURS, f.NS), all_.limit()
    if ours and limit:
        yield at_most("CPU per packet, 1 → 100: within 1.3 × of the bare minimum of work (aim)", ours / limit, 1.3,
                      lambda value: f"{value:.2f} × ({ours / 1000:.2f} µs to {limit / 1000:.2f} µs)")
    many, few = all_.get("one-to-400", OURS, f.NS), all_.get("one-to-50", OURS, f.NS)
    if many and few:
        yield at_most("CPU per packet at 400 viewers no higher than at 50", many / few, 1.0,
                      lambda value: f"{many / 1000:.2f} µs to {few / 1000:.2f} µs")
    one, two = all_.get("one-worker", OURS, f.NS), all_.get("two-workers", OURS, f.NS)
    if one and two:
        yield at_least("two workers carry at least 1.7 × one (from the CPU per packet at the same load)", 2 * one / two, 1.7,
                       lambda value: f"{value:.2f} × ({one / 1000:.2f} µs with one, {two / 1000:.2f} µs with two)")


def of_memory(all_):
    yield at_most("at most 60 kB of memory a viewer", all_.kb_per_viewer(OURS), 60, lambda value: f"{value:.0f} kB")
    yield at_most("at most 400 kB of memory a publisher", all_.kb_per_publisher(OURS), 400, lambda value: f"{value:.0f} kB")
    cycles = all_.of("thrice", OURS)
    if cycles:
        worst = max(line["after_kb"] / line["start_kb"] for line in cycles)
        yield at_most("memory back to within 10 % of the start after all have left, three times over", worst, 1.1,
                      lambda value: f"{(value - 1) * 100:+.0f} % at worst")
    counts = all_.thread_counts()
    if counts:
        yield Target("threads do not depend on load", " or ".join(map(str, counts)), len(counts) == 1)


def of_joins(all_):
    shape = "one-to-100"
    yield at_most("first RTP after at most 40 ms (p50)", all_.get(shape, OURS, f.P50), 40, lambda value: f"{value:.0f} ms")
    yield at_most("first RTP after at most 80 ms (p95)", all_.get(shape, OURS, f.P95), 80, lambda value: f"{value:.0f} ms")
    yield at_least("what comes first can be decoded: it begins a keyframe",
                   all_.get(shape, OURS, "media.began_with_keyframe_percent"), 100, lambda value: f"{value:.0f} % of viewers")
    yield at_most("50 joins at once: no gap over 10 ms for those already in", all_.get("burst", OURS, "media.latency_burst_us.max"),
                  10000, lambda value: f"{value / 1000:.1f} ms at worst")
    yield at_most("p99 latency at 1 → 100 at most 3 ms", all_.get(shape, OURS, f.LATENCY_P99), 3000,
                  lambda value: f"{value / 1000:.1f} ms")


def of_loss(all_):
    yield at_least("5 % loss, round trip 30 ms: at least 98 % of frames whole within 200 ms", all_.get("loss-5", OURS, f.IN_TIME), 98,
                   lambda value: f"{value:.1f} %")
    yield at_least("20 % loss: at least 97 % of audio arrives", all_.get("loss-20", OURS, f.AUDIO), 97, lambda value: f"{value:.1f} %")
    yield at_most("20 % loss: no freeze over 1 s", all_.get("loss-20", OURS, f.STILL), 1000, lambda value: f"{value:.0f} ms at worst")


def check(all_):
    groups = (of_ratios, of_cost, of_memory, of_joins, of_loss)
    return [target for group in groups for target in group(all_) if target is not None]
