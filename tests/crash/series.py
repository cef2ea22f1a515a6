"""Recorded visits flow while the service is killed, or the power of its disk is cut, again and again at random moments. Each
such moment is a round; several rounds share a data directory and its visits, which go on after each. At the end the visits
are ended and sealed, and what is in the recordings is held against what the senders sent."""
import concurrent.futures
import dataclasses
import json
import os
import random
import subprocess
import tempfile
import time

import marks
from harness import BUILD
from house import CONFIG, Camera, Desk, Load, Node, wait_for
from loop_disk import Ext4
from wire import CallError, ask

SETTINGS = CONFIG + "[visit]\ngrace=900\nlongest=240\n[recorder]\njournal-file-mb=16\n[archive]\nexports-a-day=1000\n"
DISK_MB = 1024
MOST_LOSS_S = 1.0
MOST_START_S = 10.0
FRAME_S = 0.1  # the last frame may be there in part only: then it is not in a file of whole frames
AFTER_LIVE_S = (1.0, 6.0)
SEALED_S = 300
SIDES = ("family", "terminal")
VERIFY = BUILD / "recorder/verify/yuanjian-verify"


@dataclasses.dataclass
class Round:
    number: int
    kind: str       # "kill" or "cut"
    live_s: float   # all visits flow
    at_s: float     # the moment
    synced_s: float  # what the service had said is on disk
    start_s: float  # the next start took this long
    fsck: str = ""
    loss_s: float = 0.0
    behind_s: float = 0.0  # missing before synced_s
    hole_s: float = 0.0    # the longest silence before the moment
    streams: int = 0


class Visits:
    """As a load generator would have them: all sides publish, one visit by real cameras."""

    def __init__(self, node, n_visits):
        self.node, self.officer = node, Desk(node, "officer")
        self.booked = [self.node.book(self.officer, minutes=120)["visit"] for _ in range(n_visits)]
        self.real, self.loaded = self.booked[0], self.booked[1:]
        self.senders, self.ended_s = [], {}

    def send(self):
        going_on = [visit for visit in self.loaded if visit["session"] not in self.ended_s]
        names = ",".join(visit["session"] for visit in going_on)
        for side in SIDES:
            token = self.node.token("*", side)
            self.senders.append(Camera(self.node, "whip", self.real["session"], side, token, 600))
            if going_on:
                self.senders.append(Load(self.node, f"/whip/{{room}}/{side}", None, token, pubs=1, subs=0, more=[
                    "--rooms", str(len(going_on)), "--room-names", names, "--join-parallel", "8", "--video-kbps", "300"]))

    def state(self, visit):
        return self.node.visit(self.officer, visit["id"])

    def is_live(self, visit):
        seen = self.state(visit)
        if seen["state"] == "waiting" and all(party["ready"] for party in seen["parties"].values()):
            self.officer.call("visits.admit", {"visit": visit["id"]})
        return seen["state"] in ("live", "ended")

    def wait_until_live(self):
        for visit in self.booked:
            wait_for(f"{visit['id']} is live", lambda visit=visit: self.is_live(visit), 60, 0.05)

    def stop_sending(self):
        for sender in self.senders:
            sender.stop()
        self.senders = []

    def end(self, visit):
        self.ended_s.setdefault(visit["session"], time.time())
        try:
            self.officer.call("visits.end", {"visit": visit["id"], "cause": "completed", "confirm": True})
        except CallError as error:
            assert error.reason == "wrong-state", error

    def reconnect(self):
        self.officer.page = None


class Series:
    def __init__(self, kind, n_visits, n_rounds, seed):
        """kind: "kill" or "cut"."""
        self.kind, self.n_rounds, self.random = kind, n_rounds, random.Random(seed)
        self.disk = Ext4(DISK_MB) if kind == "cut" else None
        self.rounds, self.files, self.n_verified = [], [], 0
        self.node = Node(SETTINGS, prepare=self.disk.attach if self.disk else None)
        self.began_s = time.time()
        self.visits = Visits(self.node, n_visits)

    def free(self):
        self.visits.stop_sending()
        self.node.stop_keeping()
        if self.disk:
            self.disk.free(self.node.data)
        self.node.stop()

    # The moment.

    def strike(self, number):
        node = self.node
        live_s = time.time()
        wait_s = self.random.uniform(*AFTER_LIVE_S)
        if number > 0 and len(self.visits.ended_s) < len(self.visits.loaded) // 2 and self.random.random() < 0.3:
            self.visits.end(self.random.choice(self.visits.loaded))  # sealing goes on at that moment, too
        time.sleep(max(0.0, live_s + wait_s - time.time()))
        synced_s = node.synced_s()
        time.sleep(self.random.uniform(0, 0.25))
        at_s = time.time()
        if self.disk:
            self.disk.cut(node.data)
        else:
            node.process.kill()
        after_s = time.time()
        node.kill()
        self.visits.stop_sending()
        node.log.close()
        said = ""
        if self.disk:
            run = self.disk.repair(node.data)
            assert run.returncode <= 1, f"the file system is damaged: {run.stdout} {run.stderr}"
            said = f"fsck {run.returncode}"
        began = time.monotonic()
        node.launch()
        self.visits.reconnect()
        self.rounds.append(Round(number, self.kind, live_s, (at_s + after_s) / 2, synced_s,
                                 round(time.monotonic() - began, 2), said))

    def run(self, until=None):
        """As many rounds as wanted, or as the time (monotonic) allows."""
        for number in range(self.n_rounds):
            self.visits.send()
            self.visits.wait_until_live()
            self.strike(number)
            if until and time.monotonic() > until:
                break
        for visit in self.visits.booked:
            self.visits.end(visit)
        self.check()

    # Afterwards.

    def check(self):
        self.wait_until_sealed()
        problems = []
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for found in pool.map(self.check_visit, self.visits.booked):
                problems += found
        for one in self.rounds:
            problems += check_round(one, bool(self.visits.loaded))
        assert not problems, "\n".join(problems)

    def wait_until_sealed(self):
        """A busy machine may take long over all of them; that none comes for so long is an error."""
        waiting = {visit["session"] for visit in self.visits.booked}

        def one_more():
            rows = [row for row in self.node.archived() if row["session"] in waiting]
            failed = [row["session"] for row in rows if row["state"] == "failed"]
            assert not failed, f"{failed} cannot be sealed: {self.node.read_log()[-2000:]}"
            sealed = {row["session"] for row in rows if row["state"] == "sealed"}
            waiting.difference_update(sealed)
            return sealed

        while waiting:
            wait_for(f"another one of {sorted(waiting)} is sealed", one_more, SEALED_S, 0.5)

    def check_visit(self, visit):
        session, is_real = visit["session"], visit is self.visits.real
        desk = Desk(self.node, "officer")
        answer = desk.call("archive.get", {"session": session})
        problems = [] if answer["recording"]["recovered"] else [f"{session} is not marked as recovered"]
        streams = {}
        for file in answer["files"]:
            name, data = file["url"].rsplit("/", 1)[1], self.fetch(desk, file["url"])
            problems += [f"{session}/{name}: {problem}" for problem in check_plays(data, name, decode=is_real)]
            if not is_real and file["party"] in SIDES:
                streams.setdefault((file["party"], file["kind"]), []).extend(
                    marks.find(data, self.began_s, time.time()))
            self.files.append(name)
        for found in [] if is_real else streams.values():
            self.measure(sorted(found, key=lambda mark: mark.sent_s), self.visits.ended_s[session])
        if not is_real and len(streams) < 2 * len(SIDES):
            problems.append(f"{session}: of some side nothing was kept: {sorted(streams)}")
        return problems + self.verify(desk, session)

    def measure(self, found, ended_s):
        """What of one party's sound or picture is missing before each round's moment."""
        for one in self.rounds:
            if ended_s < one.at_s:
                return  # it was over before that moment
            sent = [one.live_s] + [mark.sent_s for mark in found if one.live_s <= mark.sent_s <= one.at_s]
            holes = [later - earlier for earlier, later in zip(sent, sent[1:])]
            one.loss_s = max(one.loss_s, one.at_s - sent[-1])
            one.behind_s = max(one.behind_s, min(one.synced_s, one.at_s) - sent[-1])
            one.hole_s = max(one.hole_s, *holes, 0)
            one.streams += 1

    def fetch(self, desk, url):
        answer = ask(self.node, "GET", url, cookie=desk.cookie)
        assert answer.status == 200, answer
        return answer.body

    def verify(self, desk, session):
        """A package of it, as somebody outside would get it."""
        export = desk.call("archive.export", {"session": session, "reason": "crash test", "recipient": "nobody"})["export"]
        def made():
            rows = desk.call("archive.exports", {"session": session})["exports"]
            return next((row for row in rows if row["id"] == export["id"] and row["state"] != "preparing"), None)
        row = wait_for(f"{session} is packed", made, SEALED_S, 0.3)
        if row["state"] != "ready":
            return [f"{session}: no package: {self.node.read_log()[-500:]}"]
        with tempfile.NamedTemporaryFile(suffix=".evp") as package:
            package.write(self.fetch(desk, row["url"]))
            package.flush()
            run = subprocess.run([VERIFY, package.name], capture_output=True, text=True, timeout=120)
        self.n_verified += 1
        failed = [line for line in run.stdout.splitlines() if "FAIL" in line]
        return [] if run.returncode == 0 else [f"{session} does not verify: {failed} {run.stderr[-500:]}"]

    def report(self):
        return {
            "kind": self.kind, "visits": len(self.visits.booked), "rounds": [dataclasses.asdict(one) for one in self.rounds],
            "files": len(self.files), "verified": self.n_verified,
            "largest_loss_s": round(max((one.loss_s for one in self.rounds), default=0), 3),
            "largest_behind_s": round(max((one.behind_s for one in self.rounds), default=0), 3),
            "largest_hole_s": round(max((one.hole_s for one in self.rounds), default=0), 3),
            "longest_start_s": max((one.start_s for one in self.rounds), default=0),
        }


def check_round(one, has_load):
    where = f"round {one.number} ({one.kind} at {one.at_s:.3f})"
    problems = []
    if has_load and one.streams == 0:
        problems.append(f"{where}: nothing of it was kept")
    if one.loss_s > MOST_LOSS_S:
        problems.append(f"{where}: {one.loss_s:.3f} s are lost")
    if one.behind_s > FRAME_S:
        problems.append(f"{where}: {one.behind_s:.3f} s are missing of what was said to be on disk")
    if one.hole_s > MOST_LOSS_S:
        problems.append(f"{where}: a hole of {one.hole_s:.3f} s before it")
    if one.start_s > MOST_START_S:
        problems.append(f"{where}: the start took {one.start_s} s")
    return problems


def keep(data, name):
    """For who wants to know why."""
    with tempfile.NamedTemporaryFile(prefix="yuanjian-crash-", suffix=f"-{name}", delete=False) as file:
        file.write(data)
    return file.name


def check_plays(data, name, decode):
    """Every packet of it is read; of a real picture or voice every frame is decoded."""
    with tempfile.NamedTemporaryFile(suffix=name) as file:
        file.write(data)
        file.flush()
        how = [] if decode else ["-c", "copy"]
        run = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", file.name, *how, "-f", "null", "-"],
                             capture_output=True, text=True, timeout=120)
    # two pictures within a millisecond: what plays them does not mind, what would write them anew does
    said = [line for line in run.stderr.splitlines()
            if "non monotonically increasing dts" not in line and "Last message repeated" not in line]
    return [] if run.returncode == 0 and not said else [f"it does not play: {said[-3:]}; kept as {keep(data, name)}"]


def write_reports(reports, path):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(reports, out, indent=1)
        os.fsync(out.fileno())
