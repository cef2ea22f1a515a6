"""A gateway of a test's own, and a JUnit report. For the tests that are Python programs. The build is build/; another one is
named by YUANJIAN_BUILD, another program by YUANJIAN."""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback
import urllib.request
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("YUANJIAN_BUILD", ROOT / "build"))
PROGRAM = pathlib.Path(os.environ.get("YUANJIAN", BUILD / "gateway/yuanjian"))


PORTS = range(20000, 32000)  # below what the kernel gives to those who ask for any
taken_ports = set()


def is_free(port):
    """For TCP and for UDP."""
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        with socket.socket(type=kind) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_port():
    """Nobody else gets it: neither here again, nor as a port of somebody's own connection."""
    while True:
        port = random.choice(PORTS)
        if port not in taken_ports and is_free(port):
            taken_ports.add(port)
            return port


class Gateway:
    def __init__(self, config="", program=PROGRAM, prepare=None):
        """prepare(data): called before the first start, with the path of the data directory."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="yuanjian-test-"))
        self.data = self.folder / "node"
        if prepare:
            prepare(self.data)
        self.config = self.folder / "test.conf"
        self.config.write_text(config)
        self.port, self.media_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = program
        self.launch()

    def environment(self):
        """What it runs with besides ours. Ours is the whole process's: cases that run side by side leave it alone."""
        return {}

    def launch(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--config", self.config, "--data", self.data, "--listen", f"127.0.0.1:{self.port}",
             "--media-port", str(self.media_port)], stdout=self.log, stderr=self.log,
            env={**os.environ, **self.environment()})
        for _ in range(150):
            if self.process.poll() is not None:
                raise RuntimeError(f"the gateway ended at once:\n{(self.folder / 'log').read_text()}")
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the gateway is not ready")

    def cli(self, *arguments):
        return subprocess.run([self.program, *arguments, "--data", self.data], check=True, capture_output=True,
                              text=True, timeout=30).stdout.strip()

    def json(self, *arguments):
        return json.loads(self.cli(*arguments, "--json"))

    def stop_keeping(self):
        """Ends the service; its data stays, and it can be launched again."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.process.returncode

    def stop(self):
        status = self.stop_keeping()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status


class Skipped(Exception):
    """This case cannot be shown on this machine; the message says why."""


class Report:
    """Runs cases one by one: report.case("name", function, arguments ...)."""

    def __init__(self, suite):
        self.suite = ET.Element("testsuite", name=suite)
        self.failed = 0

    def case(self, name, function, *arguments):
        element = ET.SubElement(self.suite, "testcase", name=name, classname=self.suite.get("name"))
        began = time.monotonic()
        try:
            function(*arguments)
            print(f"ok {name}", flush=True)
        except Skipped as reason:
            ET.SubElement(element, "skipped", message=str(reason))
            print(f"skipped {name}: {reason}", flush=True)
        except Exception as error:
            self.failed += 1
            ET.SubElement(element, "failure", message=str(error)[:500]).text = traceback.format_exc()
            print(f"not ok {name}\n{traceback.format_exc()}", flush=True)
        element.set("time", f"{time.monotonic() - began:.2f}")

    def write(self, path):
        ET.ElementTree(self.suite).write(path)
        return self.failed > 0
