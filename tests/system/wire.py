"""HTTP and WebSocket as a careless or hostile client speaks them: nothing is put right on the way."""
import base64
import http.client
import json
import os
import socket
import struct
import time


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        """Our word for the error, or ""."""
        try:
            return self.json()["error"]["data"]["reason"]
        except (ValueError, KeyError, TypeError):
            return ""

    @property
    def message(self):
        try:
            return self.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            return self.body.decode(errors="replace")

    def __repr__(self):
        return f"{self.status} {self.reason} {self.message[:200]}"


def ask(gateway, verb, path, body=None, *, json_body=None, cookie=None, bearer=None, origin="own", headers=None):
    """cookie: "name=value" or None. origin: "own", None (none is sent) or an address."""
    fields = dict(headers or {})
    if json_body is not None:
        body, fields["Content-Type"] = json.dumps(json_body), "application/json"
    if cookie:
        fields["Cookie"] = cookie
    if bearer:
        fields["Authorization"] = f"Bearer {bearer}"
    if origin:
        fields["Origin"] = gateway.url if origin == "own" else origin
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request(verb, path, body=body, headers=fields)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    def __init__(self, status):
        super().__init__(f"the upgrade was answered with {status}")
        self.status = status


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class CallError(Exception):
    def __init__(self, error):
        super().__init__(f"{error['data']['reason']}: {error['message']}")
        self.data = error["data"]
        self.reason, self.message = error["data"]["reason"], error["message"]


class WebSocket:
    def __init__(self, gateway, seat="console", cookie=None, origin="own"):
        self.socket = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.number, self.events, self.gone = b"", 0, [], None
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET /api/ws?seat={seat} HTTP/1.1", f"Host: 127.0.0.1:{gateway.port}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if cookie:
            lines.append(f"Cookie: {cookie}")
        if origin:
            lines.append(f"Origin: {gateway.url if origin == 'own' else origin}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if status != 101:
            self.socket.close()
            raise Refused(status)

    def close(self):
        self.socket.close()

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise self.gone or Closed(1006, "without a close frame")
        self.buffer += got

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self, opcode, payload, fin=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if fin else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += struct.pack(">BH", 0x80 | 126, size)
        else:
            head += struct.pack(">BQ", 0x80 | 127, size)
        masked = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        self.socket.sendall(head + mask + masked.to_bytes(size, "big"))

    def text(self, text):
        self.frame(1, text if isinstance(text, bytes) else text.encode())

    def message(self, timeout=20):
        """The next message; raises Closed."""
        if self.gone:
            raise self.gone
        self.socket.settimeout(timeout)
        while True:
            first, second = self._take(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(size)
            if first & 15 == 9:
                self.frame(10, payload)
            elif first & 15 == 8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                self.gone = Closed(code, payload[2:].decode())
                self.socket.close()
                raise self.gone
            elif first & 15 == 1:
                return json.loads(payload)

    def send_call(self, method, params=None):
        self.number += 1
        self.text(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params or {}}))
        return self.number

    def answer(self, number, timeout=20):
        """Of the call of this number; events that come before are kept."""
        while True:
            message = self.message(timeout)
            if "method" in message:
                self.events.append(message)
            elif message.get("id") == number:
                if "error" in message:
                    raise CallError(message["error"])
                return message["result"]

    def call(self, method, params=None, timeout=20):
        return self.answer(self.send_call(method, params), timeout)

    def event(self, name, timeout=10):
        """The next event of this name; others before it are passed over."""
        end = time.monotonic() + timeout
        while True:
            message = self.events.pop(0) if self.events else self.message(max(0.1, end - time.monotonic()))
            if message.get("method") == name:
                return message["params"]

    def drain(self):
        """Reads what has come, so that the gateway does not wait for us."""
        self.socket.setblocking(False)
        try:
            while True:
                self._more()
        except BlockingIOError:
            pass
        finally:
            self.socket.settimeout(20)


def closed_by(function, *arguments):
    """The Closed that calling it brings, at once or by the next message."""
    try:
        socket_or_none = function(*arguments)
        if isinstance(socket_or_none, WebSocket):
            socket_or_none.message(10)
    except Closed as closed:
        return closed
    raise AssertionError("the connection was not closed")


def failing_call(page, method, params=None):
    """The CallError that this call must bring."""
    try:
        result = page.call(method, params)
    except CallError as error:
        return error.with_traceback(None)  # which would keep the page open
    raise AssertionError(f"{method} {params} was answered with {str(result)[:300]}")
