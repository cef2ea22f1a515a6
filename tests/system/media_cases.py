"""Rubbish on the media port, UDP and TCP, while people use it."""
import os
import random
import re
import socket
import struct
import time

import stun
from house import Load, udp, wait_for
from whip_cases import GOOD, post
from wire import ask

RANDOM = random.Random(7983)
N_FLOOD = 6000
N_HALF_OPEN = 150


class Session:
    """A WHIP session of which only the description was exchanged."""

    def __init__(self, node, name, token):
        self.node, self.token = node, token
        answer = post(node, "whip", name, "x", GOOD, token)
        assert answer.status == 201, answer
        self.location = answer.headers["Location"]
        text = answer.body.decode()
        self.ufrag = re.search(r"a=ice-ufrag:(\S+)", text)[1]
        self.password = re.search(r"a=ice-pwd:(\S+)", text)[1]
        self.port = int(re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)", text, re.I)[1])

    def check(self, password=None):
        return stun.check(self.ufrag, "abcd", password or self.password)

    def close(self):
        ask(self.node, "DELETE", self.location, bearer=self.token, origin=None)


def answers_to(s):
    """What came back on this socket."""
    s.setblocking(False)
    got = []
    try:
        while True:
            got.append(s.recv(2048))
    except BlockingIOError:
        return got


def random_tail():
    return os.urandom(RANDOM.choice([0, 0, 1, 3, 7, 11, 12, 19, 20, 40, 200, 1199, 1471, 1500, 9000]))


def first_bytes(ports):
    """RFC 7983: every first byte, with nothing or anything behind it. Nobody who has not shown to know a password is
    answered."""
    s = udp()
    for port in ports:
        s.sendto(b"", ("127.0.0.1", port))
        for first in range(256):
            for _ in range(6):
                s.sendto(bytes([first]) + random_tail(), ("127.0.0.1", port))
            time.sleep(0.002)
    time.sleep(0.5)
    assert answers_to(s) == [], "rubbish was answered"


def mutated_stun(node, token):
    session = Session(node, "rubbish-room", token)
    s = udp()
    to = ("127.0.0.1", session.port)
    good = session.check()
    wrong = [session.check("x" * 24) for _ in range(200)]
    wrong += [stun.check(user, "abcd", session.password) for user in ("", "nobody", "x" * 600, session.ufrag + ":a", "\0")]
    wrong += [good[:size] for size in range(0, len(good) - 1)]
    for at in range(2, len(good)):
        changed = bytearray(good)
        changed[at] ^= 1 << RANDOM.randrange(8)
        wrong.append(bytes(changed))
    for length in (0, 1, 4, 0xFFFF):
        wrong.append(good[:2] + struct.pack(">H", length) + good[4:])
        wrong.append(good[:22] + struct.pack(">H", length) + good[24:])
    for datagram in wrong:
        s.sendto(datagram, to)
        time.sleep(0.0005)
    time.sleep(0.5)
    assert not [got for got in answers_to(s) if stun.is_success(got)], "a check without the password was answered"
    s.sendto(session.check(), to)
    assert wait_for("the right check is answered", lambda: [got for got in answers_to(s) if stun.is_success(got)])
    session.close()


def hello_flood(ports):
    """ClientHellos from addresses that no check has made somebody's."""
    sockets = [udp() for _ in range(60)]
    for i in range(N_FLOOD):
        sockets[i % 60].sendto(stun.client_hello(), ("127.0.0.1", ports[i % len(ports)]))
        if i % 50 == 0:
            time.sleep(0.01)
    time.sleep(0.5)
    assert all(answers_to(s) == [] for s in sockets), "a stranger's ClientHello was answered"


def half_open(node, token):
    """Handshakes that somebody begins with a right check, over and over, and never ends; then one in earnest works."""
    sessions = [Session(node, f"half-open-{i}", token) for i in range(N_HALF_OPEN)]
    sockets = [udp() for _ in sessions]
    for session, s in zip(sessions, sockets):
        s.sendto(session.check(), ("127.0.0.1", session.port))
    time.sleep(0.5)
    for _ in range(10):
        for session, s in zip(sessions, sockets):
            s.sendto(stun.client_hello(), ("127.0.0.1", session.port))
            s.sendto(b"\x16\xfe\xff" + os.urandom(60), ("127.0.0.1", session.port))
            s.sendto(b"\x16\xfe\xfd" + b"\0" * 8 + struct.pack(">H", 25) + b"\x01\xff\xff\xff\0\0\0\0\0\0\xff\xff" + b"x" * 13,
                     ("127.0.0.1", session.port))
        time.sleep(0.1)
    node.check_alive()
    Load(node, "/whip/among-them/{n}", "/whep/among-them/{n}", token, subs=1, duration=2).check_no_loss()
    for session in sessions:
        session.close()


def plain_media(node, token):
    """RTP and RTCP in the clear, RTP with keys that nobody agreed, on a path that belongs to somebody."""
    session = Session(node, "plain-room", token)
    s = udp()
    to = ("127.0.0.1", session.port)
    s.sendto(session.check(), to)
    wait_for("the check is answered", lambda: answers_to(s))
    for i in range(2000):
        head = struct.pack(">BBHII", 0x80 | RANDOM.randrange(64), RANDOM.randrange(256), i, i * 3000, RANDOM.randrange(1 << 32))
        s.sendto(head[:RANDOM.choice([1, 4, 8, 12])] + random_tail(), to)
        if i % 50 == 0:
            time.sleep(0.01)
    session.close()


def tcp_rubbish(ports):
    """ICE-TCP: lengths that cannot be, streams that never end, connections that say nothing."""
    kept = []
    for port in ports:
        for start in (b"\0\0", b"\xff\xff", b"\x05\xdd", b"\0\x14" + b"x" * 20, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"):
            s = socket.create_connection(("127.0.0.1", port), timeout=5)
            s.sendall(start)
            kept.append(s)
        for first in range(0, 256, 5):
            s = socket.create_connection(("127.0.0.1", port), timeout=5)
            s.sendall(bytes([first]) + os.urandom(RANDOM.randrange(1, 3000)))
            kept.append(s)
        for _ in range(100):
            s = socket.create_connection(("127.0.0.1", port), timeout=5)
            s.sendall(b"\x05")
            kept.append(s)
    return kept


def is_closed(s):
    s.setblocking(False)
    try:
        return s.recv(100) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def tcp(node, ports):
    kept = tcp_rubbish(ports)
    wait_for("the gateway has closed what says nothing", lambda: all(is_closed(s) for s in kept), 40, 0.5)
    node.check_alive()


def add(report, node):
    token = node.token("*", "*", ttl="30m")
    warm_up = Load(node, "/whip/warm/{n}", "/whep/warm/{n}", token, subs=5, duration=2)
    warm_up.result()
    ports = sorted({Session(node, f"rubbish-{i}", token).port for i in range(4)})
    before = node.usage()
    room = Load(node, "/whip/quiet-room/{n}", "/whep/quiet-room/{n}", token, subs=5, duration=25, label="quiet-room")
    time.sleep(2)
    report.case("media port: every first byte with random tails: dropped", first_bytes, ports)
    report.case("media port: wrong STUN: not answered", mutated_stun, node, token)
    report.case("media port: 6,000 ClientHellos of strangers: not answered", hello_flood, ports)
    report.case("media port: plain and forged media: dropped", plain_media, node, token)
    report.case("media port: half-open handshakes do not keep others out", half_open, node, token)
    report.case("media port: rubbish over TCP: closed", tcp, node, ports)
    report.case("media port: a room of 1 to 5 lost nothing meanwhile", room.check_no_loss)
    report.case("media port: use returns to what it was", node.check_back, before)
