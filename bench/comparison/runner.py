"""Runs shapes against servers in turns, and keeps what the generator and bench/limit say, one JSON object a line."""
import json
import pathlib
import subprocess
import time

import servers
from shapes import NAMES, OURS

RESTS = 5  # seconds after the last of a run has left, before memory is read once more


class Runner:
    def __init__(self, build, keep, duration, settle):
        self.build, self.keep, self.duration, self.settle = build, keep, duration, settle

    def write(self, line):
        with open(self.keep, "a") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def generate(self, namespace, server, shape, label):
        """One run of the generator; its JSON."""
        out = server.folder / "result.jsonl"
        run = subprocess.run(
            namespace.command(self.build / "bench/webrtc-load", "--device", "v0", "--pid", server.process.pid,
                              "--duration", self.duration, "--settle", self.settle, "--label", label, "--json", out,
                              *(["--record"] if shape.record else []), *server.generator_options(), *shape.arguments()),
            capture_output=True, text=True, timeout=240)
        if not out.exists() or not out.read_text():
            raise RuntimeError(f"the generator wrote nothing:\n{run.stderr[-1500:]}")
        result = json.loads(out.read_text().splitlines()[-1])
        del result["counters_total_at_end_of_interval"]
        if result["failed"] or result["lost_connections"]:
            result["said"] = run.stderr[:1500]
        return result

    def run(self, namespace, shape, kind, round_):
        """shape.cycles runs against one fresh server."""
        server = servers.start(kind, namespace, self.build, shape)
        try:
            start_kb = server.rss_kb()
            for cycle in range(shape.cycles):
                result = self.generate(namespace, server, shape, f"{shape.name} {kind}")
                line = {"shape": shape.name, "server": kind, "round": round_, "result": result}
                if kind == OURS:
                    line["threads"] = server.cpu_by_thread()
                if shape.cycles > 1:
                    time.sleep(RESTS)
                    line |= {"cycle": cycle, "start_kb": start_kb, "after_kb": server.rss_kb()}
                self.write(line)
                print(f"    {summary(line)}", flush=True)
        finally:
            server.stop()

    def limit(self, namespace, round_):
        """The bare minimum of work, as bench/limit has it: 1 -> 100 at 25 frames per second."""
        out = pathlib.Path(f"{self.keep}.limit")
        subprocess.run(namespace.command(self.build / "bench/limit", "-n", "100", "-s", "0.1", "-k", "live", "-f", "25", "-j", out),
                       check=True, capture_output=True, timeout=300)
        result = json.loads(out.read_text())
        out.unlink()
        self.write({"limit": result, "round": round_})
        print(f"    {result['best']['paced_live']['n100']} ns a packet", flush=True)


def summary(line):
    result = line["result"]
    server, media, join = result["server"], result["media"], result["join_ms"]["sub_first_rtp"]
    text = (f"{NAMES[line['server']]:22} {server['cpu_ns_per_forwarded']:6} ns, {server['rss_kb'] / 1024:5.1f} MB, "
            f"{server['threads']:3} threads, first RTP {join['p50']:.0f} / {join['p95']:.0f} ms, "
            f"latency p99 {media['latency_us']['p99'] / 1000:.1f} ms, loss {media['loss_percent']:.2f} %")
    if "after_kb" in line:
        text += f", {line['start_kb']} kB before, {line['after_kb']} kB after all have left"
    problems = []
    if result["failed"] + result["lost_connections"]:
        problems.append(f"{result['failed'] + result['lost_connections']} connections failed")
    if not result["generator"]["valid"]:
        problems.append(result["generator"]["why_not"].rstrip("; "))
    if result["machine"]["full"]:
        problems.append("machine full")
    return text + (f" [{', '.join(problems)}]" if problems else "")
