"""A few rounds of tools/crash-test: the service is killed, the power of its disk is cut."""
import pathlib
import sys

from house import is_root_with

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))
from harness import Skipped  # noqa: E402
from series import Series  # noqa: E402

N_VISITS, N_ROUNDS, SEED = 3, 2, 4


def run(kind):
    if kind == "cut" and not is_root_with("mount", "mkfs.ext4", "e2fsck"):
        raise Skipped("only root can mount a disk and cut its power")
    series = Series(kind, N_VISITS, N_ROUNDS, SEED)
    try:
        series.run()
    finally:
        series.free()


def add(report):
    report.case("killed at random moments: no second is lost, all plays and is marked as recovered", run, "kill")
    report.case("power cut at random moments: no second is lost, all plays and is marked as recovered", run, "cut")
