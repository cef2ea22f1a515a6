"""A disk in a file: ext4 on a loop device, which can break, or lose power. Needs root and a mount namespace of one's own."""
import fcntl
import os
import pathlib
import struct
import subprocess
import tempfile
import time

from harness import Skipped

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2       # what is not on the disk is lost, the file system's own log included


def in_own_mounts(program):
    """Mounts that we make are nobody else's, and go with us."""
    if os.environ.get("YUANJIAN_OWN_MOUNTS") or os.geteuid() != 0:
        return
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return
    os.environ["YUANJIAN_OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *program])


def mount(*arguments):
    run = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if run.returncode != 0:
        raise Skipped(f"nothing can be mounted here: {run.stderr.strip()}")


class Ext4:
    def __init__(self, mb=96, *mkfs):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="yuanjian-test-"))
        self.image = self.folder / "disk"
        with open(self.image, "wb") as out:
            out.truncate(mb << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", *mkfs, self.image], check=True, capture_output=True)

    def attach(self, data):
        data.mkdir(exist_ok=True)
        mount("-o", "loop,errors=remount-ro", self.image, data)
        source = subprocess.run(["findmnt", "-n", "-o", "SOURCE", data], capture_output=True, text=True, check=True).stdout
        self.trigger = pathlib.Path("/sys/fs/ext4") / pathlib.Path(source.strip()).name / "trigger_fs_error"

    def fail(self):
        """As if the file system had found itself damaged: from now on it is read-only."""
        try:
            self.trigger.write_text("1")
        except OSError as error:
            raise Skipped(f"the disk cannot be broken here: {error}") from None

    def cut(self, data):
        """As if the power went: nothing that was not synced reaches the disk any more."""
        fd = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as error:
            raise Skipped(f"the power of a disk cannot be cut here: {error}") from None
        finally:
            os.close(fd)

    def detach(self, data, seconds=10):
        """Whoever still has a file open there is waited for."""
        end = time.monotonic() + seconds
        while True:
            run = subprocess.run(["umount", data], capture_output=True, text=True)
            if run.returncode == 0:
                return
            assert time.monotonic() < end, run.stderr
            time.sleep(0.05)

    def repair(self, data):
        """Off, checked, on again. What fsck said; above 1 is damage that was not put right."""
        self.detach(data)
        run = subprocess.run(["e2fsck", "-p", "-f", self.image], capture_output=True, text=True)
        self.attach(data)
        return run

    def free(self, data):
        subprocess.run(["umount", data], check=False, capture_output=True)
        self.image.unlink()
        self.folder.rmdir()
