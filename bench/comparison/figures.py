"""Medians of what was measured, by shape and server."""
from statistics import median

from shapes import EVERYBODY, JANUS, LOOPS, OURS, SHAPES

NS, PER_ANY = "server.cpu_ns_per_forwarded", "server.cpu_ns_per_packet_in_or_out"
P50, P95 = "join_ms.sub_first_rtp.p50", "join_ms.sub_first_rtp.p95"
PICTURE_P50, PICTURE_P95 = "join_ms.sub_first_picture.p50", "join_ms.sub_first_picture.p95"
LATENCY_P50, LATENCY_P99 = "media.latency_us.p50", "media.latency_us.p99"
IN_TIME, AUDIO, STILL = "media.frames.whole_within_200ms_percent", "media.audio_arrived_percent", "media.frames.longest_still_ms"


def pick(result, path):
    """None where there was nothing to measure: no packet, no picture."""
    *parents, last = path.split(".")
    group = result
    for name in parents:
        group = group[name]
    value = group[last]
    never = group.get("n") == 0 or (path in (NS, PER_ANY, STILL) and value == 0)
    return None if never else value


class Figures:
    def __init__(self, lines):
        self.head = next((line for line in lines if "machine" in line), {})
        self.took = sum(line.get("took_seconds", 0) for line in lines)
        self.limits = [line["limit"]["best"]["paced_live"]["n100"] for line in lines if "limit" in line]
        self.lines = [line for line in lines if "result" in line]
        self.errors = [line for line in lines if "error" in line]

    def of(self, shape, server):
        return [line for line in self.lines if line["shape"] == shape and line["server"] == server]

    def get(self, shape, server, path):
        """The median; None when it was not measured."""
        values = [value for line in self.of(shape, server) if (value := pick(line["result"], path)) is not None]
        return median(values) if values else None

    def ratio(self, shape, other, path=NS):
        """How many times ours the other's figure is."""
        ours, theirs = self.get(shape, OURS, path), self.get(shape, other, path)
        return theirs / ours if ours and theirs else None

    def limit(self):
        return median(self.limits) if self.limits else None

    def measured(self, about=None):
        return [shape for shape in SHAPES if (about is None or shape.about == about)
                and any(self.of(shape.name, server) for server in shape.servers)]

    def kb_per_viewer(self, server):
        """By the slope from the smallest to the largest audience up to 200."""
        sizes = [n for n in (10, 50, 100, 200) if self.of(f"one-to-{n}", server)]
        if len(sizes) < 2:
            return None
        small, large = sizes[0], sizes[-1]
        rss = {n: self.get(f"one-to-{n}", server, "server.rss_kb") for n in (small, large)}
        return (rss[large] - rss[small]) / (large - small)

    def kb_per_publisher(self, server):
        values = [(line["result"]["server"]["rss_kb"] - line["result"]["server"]["rss_kb_before"]) /
                  line["result"]["publishers_up"] for line in self.of("publishers", server)]
        return median(values) if values else None

    def thread_counts(self):
        return sorted({line["result"]["server"]["threads_peak"] for line in self.lines
                       if line["server"] == OURS and "workers" not in line["shape"] and "worker" not in line["shape"]})

    def others_percent(self):
        return [line["result"]["machine"]["others_percent_of_one_cpu"] for line in self.lines]

    def marks(self, shape, server):
        """What has to be known about the runs behind a figure."""
        found = set()
        for line in self.of(shape, server):
            result = line["result"]
            if result["machine"]["full"]:
                found.add("the machine was full")
            if not result["generator"]["valid"]:
                found.add(result["generator"]["why_not"].rstrip("; "))
            if result["failed"] + result["lost_connections"]:
                found.add(f"{result['failed'] + result['lost_connections']} connections failed")
            if result["media"]["loss_percent"] > 1 and not result["loss"]:
                found.add("over 1 % of the packets never arrived")
        return sorted(found)


SERVERS = EVERYBODY
OTHERS = (JANUS, LOOPS)
