"""The shapes of load: what the generator is told, whom it is told for, and what the shape is about."""
import dataclasses

JANUS, LOOPS, OURS = "janus", "janus-loops", "yuanjian"
EVERYBODY = (JANUS, LOOPS, OURS)
NAMES = {JANUS: "Janus", LOOPS: "Janus, event_loops = 2", OURS: "Yuanjian"}


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    title: str
    options: tuple
    about: str = "cost"  # cost, memory, joins, loss
    record: bool = False
    quick: bool = False
    servers: tuple = EVERYBODY
    rooms: int = 1
    config: str = ""  # ours
    cycles: int = 1  # runs against one and the same server

    def arguments(self):
        return ["--rooms", str(self.rooms), *self.options]


def one_to(n, *options, **others):
    return Shape(others.pop("name", f"one-to-{n}"), others.pop("title", f"1 → {n}"),
                 ("--pubs", "1", "--subs", str(n), *options), **others)


def lossy(percent, **others):
    return one_to(20, "--loss", str(percent), "--impair", "line", "--delay-ms", "30", "--red",
                  name=f"loss-{percent}", title=f"1 → 20, {percent} % loss, round trip 30 ms", about="loss", **others)


PAIR = ("--parties", "2")

SHAPES = (
    one_to(10),
    one_to(50, quick=True),
    one_to(100, quick=True),
    one_to(200),
    one_to(400),
    Shape("pairs", "50 rooms of 2", PAIR, rooms=50, quick=True),
    Shape("pairs-recorded", "50 rooms of 2, recorded", PAIR, rooms=50, record=True, quick=True),
    Shape("six", "one room of 6", ("--parties", "6"), quick=True),
    Shape("sixteen", "one room of 16", ("--parties", "16")),
    Shape("nine-to-one", "9 → 1", ("--pubs", "9", "--subs", "1")),
    one_to(100, "--pace", name="paced", title="1 → 100, evenly paced"),
    one_to(100, "--gro", name="unsplit", title="1 → 100, GSO runs not split at the sender's cost"),
    one_to(50, "--srtp", "cm80", name="sha1", title="1 → 50, AES128_CM_SHA1_80"),
    one_to(50, "--churn", "5", name="churn", title="1 → 50, each leaves and rejoins every 5 s", about="joins"),
    one_to(50, "--burst", "50", name="burst", title="1 → 50, and 50 more at once", about="joins", quick=True),
    Shape("idle", "100 idle (50 rooms of 2, no media)", (*PAIR, "--muted"), rooms=50, about="memory"),
    Shape("publishers", "40 publishers, nobody watches", ("--pubs", "1", "--subs", "0"), rooms=40, about="memory"),
    lossy(1), lossy(5, quick=True), lossy(10), lossy(20, quick=True),
    one_to(100, name="thrice", title="1 → 100, three times over in one process", about="memory", servers=(OURS,), cycles=3),
    Shape("one-worker", "4 rooms of 1 → 50, one worker", ("--pubs", "1", "--subs", "50"), rooms=4, about="workers",
          servers=(OURS,), config="workers=1"),
    Shape("two-workers", "4 rooms of 1 → 50, two workers", ("--pubs", "1", "--subs", "50"), rooms=4, about="workers",
          servers=(OURS,), config="workers=2"),
)


def named(name):
    return next(shape for shape in SHAPES if shape.name == name)
