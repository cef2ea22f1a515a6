"""JSON-RPC over WebSocket that is wrong in every way: a clear error, bounded cost, neighbours undisturbed."""
import json
import socket
import threading
import time

from house import wait_for
from wire import Closed, ask, closed_by, failing_call

MAX_CALLS = 120  # of one connection: it may burst 200

MALFORMED = {
    "nothing": "",
    "half an object": '{"jsonrpc":"2.0","id":1,"method":"ping"',
    "two objects": '{"jsonrpc":"2.0","id":1,"method":"ping"}{}',
    "a byte order mark": '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}',
    "a number that is not finite": '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1e999}}',
    "a lone surrogate": '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\ud800"}}',
    "single quotes": "{'jsonrpc':'2.0','id':1,'method':'ping'}",
    "a comment": '{"jsonrpc":"2.0","id":1,"method":"ping"} // please',
    "equal keys": '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
    "equal keys within parameters": '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}',
    "100,000 levels of arrays": "[" * 100000,
    "100,000 levels of objects": '{"a":' * 100000,
}

NOT_A_CALL = {
    "a batch": '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    "a text": '"ping"',
    "a member that no call has": '{"jsonrpc":"2.0","id":1,"method":"ping","parms":{}}',
    "no version": '{"id":1,"method":"ping"}',
    "another version": '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    "no method": '{"jsonrpc":"2.0","id":1}',
    "a method that is a number": '{"jsonrpc":"2.0","id":1,"method":7}',
    "an id that is an object": '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    "an id of 1,000 characters": json.dumps({"jsonrpc": "2.0", "id": "x" * 1000, "method": "ping"}),
}

SEAT_BITS = {"officer": 4, "administrator": 8, "terminal": 2, "security": 32, "auditor": 64, "procurator": 128, "inspector": 256,
             "office": 512}  # x-access

SAMPLES = {"string": "x", "integer": 5, "number": 1.5, "boolean": True, "object": {}, "array": [], "null": None}


class Neighbour:
    """A console that keeps calling while others misbehave: every call must be answered."""

    def __init__(self, node):
        self.page = node.console("officer2")
        self.failure, self.stopped, self.worst_ms, self.calls = None, False, 0, 0
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while not self.stopped:
                began = time.monotonic()
                self.page.call("ping")
                self.worst_ms = max(self.worst_ms, int((time.monotonic() - began) * 1000))
                self.calls += 1
                time.sleep(0.1)
        except Exception as error:
            self.failure = error

    def check(self):
        self.stopped = True
        self.thread.join()
        self.page.close()
        print(f"  the neighbour's {self.calls} calls were answered, the slowest in {self.worst_ms} ms", flush=True)
        assert self.failure is None and self.calls > 0, self.failure


def error_of(page, text):
    page.text(text)
    message = page.message()
    while "method" in message:
        message = page.message()
    assert "error" in message, message
    return message["error"]


def malformed(node, cookies):
    page = node.page("console", cookies["officer"])
    before = node.usage()["rss_mb"]
    for name, text in MALFORMED.items():
        error = error_of(page, text)
        assert error["data"]["reason"] == "parse-error" and error["message"], f"{name}: {error}"
    assert page.call("ping")["now_ms"]
    assert node.usage()["rss_mb"] < before + 32, f"{before} MB before, {node.usage()} after"


def not_a_call(node, cookies):
    page = node.page("console", cookies["officer"])
    for name, text in NOT_A_CALL.items():
        error = error_of(page, text)
        assert error["data"]["reason"] == "invalid-request" and error["message"], f"{name}: {error}"
    assert error_of(page, NOT_A_CALL["a batch"])["message"].startswith("batches are not taken")
    for params in ([1], "x", None, 3):
        error = error_of(page, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": params}))
        assert error["data"]["reason"] == "bad-params", error
    assert page.call("ping")["now_ms"]


def unknown(node, cookies):
    page = node.page("console", cookies["officer"])
    for method in ["visits.destroy", "", "ping ", "PING", "rpc.discover", "x" * 128, "\x1b[31mred"]:
        assert failing_call(page, method).reason == "unknown-method", method
    error = failing_call(page, "ping", {"nobody-knows": 1})
    assert error.reason == "bad-params" and "nobody-knows" in error.message, error


def notification(node, cookies):
    page = node.page("console", cookies["officer"])
    page.text('{"jsonrpc":"2.0","method":"ping"}')
    page.text('{"jsonrpc":"2.0","method":"there is none"}')
    page.text('{"jsonrpc":"2.0","method":"ping","params":{"wrong":1}}')
    number = page.send_call("ping")
    assert page.message()["id"] == number, "a call without an id was answered"


def large(node, cookies):
    before = node.usage()["rss_mb"]
    for text in (b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (2 << 20) + b'"}', b" " * (2 << 20)):
        page = node.page("console", cookies["officer"])
        try:
            page.text(text)
        except OSError:
            pass  # it was closed before all was sent: just what is wanted
        closed = closed_by(lambda page=page: page)
        assert closed.code in (1009, 1006), closed
    page = node.page("console", cookies["officer"])
    page.socket.sendall(b"\x81\xff" + (1 << 62).to_bytes(8, "big") + b"mask" + b"{")
    assert closed_by(lambda: page).code == 1009
    assert node.usage()["rss_mb"] < before + 32, f"{before} MB before, {node.usage()} after"


def not_websocket(node, cookies):
    """RFC 6455: each ends that connection with the code that says why."""
    for name, code, send in [
        ("a frame that is not masked", (1002,), lambda p: p.socket.sendall(b"\x81\x02{}")),
        ("a reserved opcode", (1002,), lambda p: p.frame(3, b"x")),
        ("a long ping", (1002,), lambda p: p.frame(9, b"x" * 126)),
        ("a ping in fragments", (1002,), lambda p: p.frame(9, b"x", fin=False)),
        ("a binary message", (1003,), lambda p: p.frame(2, b"{}")),
        ("text that is not UTF-8", (1007,), lambda p: p.text(b'{"jsonrpc":"2.0","id":1,"method":"\xc0\xaf"}')),
        ("10,000 fragments", (1008, 1009, 1006), lambda p: fragments(p, 10000)),
    ]:
        page = node.page("console", cookies["officer"])
        try:
            send(page)
        except OSError:
            pass
        closed = closed_by(lambda page=page: page)
        assert closed.code in code, f"{name}: {closed}"


def fragments(page, count):
    page.frame(1, b"[", fin=False)
    for _ in range(count):
        page.frame(0, b"1", fin=False)


def too_often(node, cookies):
    page = node.page("console", cookies["officer"])
    numbers = {page.send_call("ping") for _ in range(350)}
    answers = [page.message() for _ in numbers]
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert {answer["id"] for answer in answers} == numbers
    assert errors and all(error["data"]["reason"] == "limit-reached" and "wait" in error["message"] for error in errors)
    try:
        for _ in range(1500):
            page.send_call("ping")
    except OSError:
        pass
    try:
        while True:
            page.message(10)
    except Closed as closed:
        assert closed.code in (1008, 1006), closed
    except OSError:
        pass


def figure(node, name):
    text = ask(node, "GET", "/metrics").body.decode()
    return int(float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"yuanjian_{name} "))))


def does_not_read(node, cookies):
    """It asks for much and reads nothing: it is dropped, and nobody waits."""
    before, dropped = node.usage()["rss_mb"], figure(node, "signaling_dropped_slow_total")
    page = node.page("console", cookies["officer"])
    page.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end, n_sent = time.monotonic() + 60, 0
    page.socket.settimeout(1)
    while figure(node, "signaling_dropped_slow_total") == dropped:
        assert time.monotonic() < end, f"not dropped after {n_sent} calls"
        for _ in range(20):
            page.send_call("visits.list", {"from_ms": 0, "to_ms": 1 << 45})
        n_sent += 20
        time.sleep(0.5)
    peak = node.usage()["rss_mb"]
    page.close()
    assert peak < before + 32, f"{before} MB before, {peak} MB while it did not read"


def valid(schema):
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "integer":
        return schema.get("minimum", 1)
    if schema["type"] == "string":
        return "x" * max(1, schema.get("minLength", 0))
    if schema["type"] == "array":
        return ["x"] * schema["minItems"]
    return SAMPLES[schema["type"]]


def wrong_values(schema):
    """What must be refused for this parameter."""
    kind = schema["type"]
    for name, sample in SAMPLES.items():
        if name != kind and not (kind == "number" and name == "integer"):
            yield name, sample
    if kind == "string" and "enum" in schema:
        yield "a word that is not in the list", "surely-not"
    elif kind == "string":
        yield "one character too many", "x" * (schema["maxLength"] + 1)
        yield "a control character", "a\x1bb"
        if schema.get("minLength"):
            yield "no character", ""
    if kind == "integer" and "minimum" in schema:
        yield "one too few", schema["minimum"] - 1
        yield "one too many", schema["maximum"] + 1
    if kind == "array":
        yield "one item too many", [1] * (schema["maxItems"] + 1)


class Asker:
    """Calls from a seat that may call the method; a new connection before the old one's rate is used up."""

    def __init__(self, node, cookies):
        self.node, self.cookies, self.page, self.seat, self.n_calls = node, cookies, None, None, 0

    def fail(self, access, method, params):
        seat = next(seat for seat, bit in SEAT_BITS.items() if (access or 15) & bit)
        if seat != self.seat or self.n_calls >= MAX_CALLS:
            self.page = self.node.page("terminal" if seat == "terminal" else "console", self.cookies[seat])
            self.seat, self.n_calls = seat, 0
        self.n_calls += 1
        return failing_call(self.page, method, params)


def wrong_types(node, cookies, document):
    """Every parameter of every method."""
    asker, n_checked = Asker(node, cookies), 0
    for method in sorted(document["methods"], key=lambda method: method["x-access"]):
        for i, row in enumerate(method["params"]):
            before = {other["name"]: valid(other["schema"]) for other in method["params"][:i] if other["required"]}
            for what, value in wrong_values(row["schema"]):
                error = asker.fail(method["x-access"], method["name"], {**before, row["name"]: value})
                assert error.reason == "bad-params" and f"'{row['name']}'" in error.message, \
                    f"{method['name']} {row['name']}: {what}: {error}"
                n_checked += 1
            if row["required"]:
                error = asker.fail(method["x-access"], method["name"], before)
                assert error.reason == "bad-params" and error.message == f"'{row['name']}' is missing", \
                    f"{method['name']} without {row['name']}: {error}"
    assert n_checked > 200, n_checked
    print(f"  {n_checked} wrong values", flush=True)


def add(report, node, cookies):
    document = ask(node, "GET", "/api/v1/openrpc.json").json()
    before = figure(node, "signaling_clients")
    neighbour = Neighbour(node)
    for name, function, *more in [
        ("malformed, deep or doubled JSON: parse-error", malformed),
        ("batches and what is no call: invalid-request", not_a_call),
        ("unknown methods and members are named", unknown),
        ("a call without an id is not answered", notification),
        ("2 MB and 2^62 bytes: closed before they are kept", large),
        ("what is not WebSocket: closed with the code that says why", not_websocket),
        ("too many calls: told to wait, then closed", too_often),
        ("a page that does not read is not waited for", does_not_read),
        ("wrong types of every parameter of every method: bad-params", wrong_types, document),
    ]:
        report.case(f"json-rpc: {name}", function, node, cookies, *more)
    report.case("json-rpc: the neighbour kept working", neighbour.check)
    report.case("json-rpc: no connection is left over", lambda: wait_for(
        "closed connections are gone", lambda: figure(node, "signaling_clients") <= before, 60))

