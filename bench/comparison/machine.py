"""What a run ran on, and with which versions."""
import datetime
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = {"Janus": "janus", "libsrtp": "libsrtp2-1", "OpenSSL": "libssl3", "libnice": "libnice10", "GLib": "libglib2.0-0",
            "libIPSec_MB": "libipsec-mb1"}


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def package_version(name):
    return output("dpkg-query", "-W", "-f", "${Version}", name)


def tree_version():
    changed = output("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no", "--", "gateway", "media", "recorder",
                     "signaling")
    return (output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD") or "?") + (" and changes" if changed else "")


def cpu_field(name):
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""


def describe():
    release = pathlib.Path("/etc/os-release").read_text()
    names = dict(line.replace('"', "").split("=", 1) for line in release.splitlines() if "=" in line)
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu_field("model name") or platform.machine(),
        "cpus": os.cpu_count(),
        "virtual": " hypervisor" in cpu_field("flags"),
        "memory_mb": memory,
        "kernel": platform.release(),
        "system": names.get("PRETTY_NAME", platform.system()),
        "load_before": os.getloadavg()[0],
        "versions": {
            "Yuanjian": tree_version(),
            **{name: version for name, package in PACKAGES.items() if (version := package_version(package))},
        },
    }
