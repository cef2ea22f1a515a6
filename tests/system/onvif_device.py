"""An ONVIF camera for tests: HTTP on 127.0.0.1, WS-Security digest by its own clock, profiles, PTZ with presets, a snapshot. What it was
asked stands in `asked`, what it does in `moving`. In `mode` "rubbish", "huge", "slow" or "elsewhere" it behaves badly."""
import base64
import datetime
import hashlib
import http.server
import re
import threading
import time

JPEG = bytes.fromhex("ffd8ffc0000b080001000101011100ffda0008010100003f0000ffd9")
ENVELOPE = '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>%s</s:Body></s:Envelope>'
FAULT = ('<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:%s</s:Value></s:Subcode></s:Code>'
         '<s:Reason><s:Text>%s</s:Text></s:Reason></s:Fault>')


class OnvifDevice:
    def __init__(self, rtsp="rtsp://127.0.0.1:9/live", user="admin", password="s3cret", ahead_s=-86400):
        self.rtsp, self.user, self.password, self.ahead_s = rtsp, user, password, ahead_s
        self.asked, self.moving, self.presets, self.mode = [], None, {"1": "Door"}, None
        device = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                device.answer(self, text)

            def do_GET(self):
                device.asked.append(self.path)
                device.send(self, 200, JPEG, "image/jpeg")

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/onvif/device_service"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def send(self, handler, status, body, kind="application/soap+xml"):
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass

    def is_known(self, text):
        found = {name: re.search(rf"<{name}(?: [^>]*)?>([^<]*)<", text) for name in ("Username", "Password", "Nonce", "Created")}
        if not all(found.values()):
            return False
        nonce, created = base64.b64decode(found["Nonce"][1]), found["Created"][1]
        ours = datetime.datetime.utcnow() + datetime.timedelta(seconds=self.ahead_s)
        apart = abs((datetime.datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ") - ours).total_seconds())
        digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + self.password.encode()).digest()).decode()
        return found["Username"][1] == self.user and found["Password"][1] == digest and apart < 60

    def answer(self, handler, text):
        found = re.search(r"<s:Body><(\w+)", text)
        if not found:
            return self.send(handler, 400, b"")
        name = found[1]
        self.asked.append(name)
        if self.mode == "rubbish":
            return self.send(handler, 200, b"<html>\xff")
        if self.mode == "huge":
            return self.send(handler, 200, b"<Envelope>" + b" " * (1 << 20) + b"</Envelope>")
        if self.mode == "slow":
            time.sleep(20)
        if name != "GetSystemDateAndTime" and not self.is_known(text):
            return self.send(handler, 400, (ENVELOPE % FAULT % ("NotAuthorized", "Who are you?")).encode())
        return self.send(handler, 200, (ENVELOPE % getattr(self, f"on_{name}")(text)).encode())

    def on_GetSystemDateAndTime(self, _):
        now = datetime.datetime.utcnow() + datetime.timedelta(seconds=self.ahead_s)
        return (f"<r><SystemDateAndTime><UTCDateTime><Time><Hour>{now.hour}</Hour><Minute>{now.minute}</Minute><Second>{now.second}"
                f"</Second></Time><Date><Year>{now.year}</Year><Month>{now.month}</Month><Day>{now.day}</Day></Date></UTCDateTime>"
                "</SystemDateAndTime></r>")

    def on_GetCapabilities(self, _):
        host = "http://192.0.2.99/" if self.mode == "elsewhere" else self.url
        return f"<r><Capabilities><Media><XAddr>{host}</XAddr></Media><PTZ><XAddr>{host}</XAddr></PTZ></Capabilities></r>"

    def on_GetProfiles(self, _):
        size = "<VideoEncoderConfiguration><Encoding>H264</Encoding><Resolution><Width>640</Width><Height>360</Height></Resolution>" \
               "</VideoEncoderConfiguration>"
        return f'<r><Profiles token="main"><Name>Main</Name>{size}<PTZConfiguration/></Profiles></r>'

    def on_GetStreamUri(self, _):
        return f"<r><MediaUri><Uri>{self.rtsp}</Uri></MediaUri></r>"

    def on_GetSnapshotUri(self, _):
        return f"<r><MediaUri><Uri>{self.url.rsplit('/', 1)[0]}/still.jpg</Uri></MediaUri></r>"

    def on_ContinuousMove(self, text):
        pan = re.search(r'<PanTilt x="([^"]*)" y="([^"]*)"', text)
        self.moving = (float(pan[1]), float(pan[2]), float(re.search(r'<Zoom x="([^"]*)"', text)[1]))
        return "<ContinuousMoveResponse/>"

    def on_Stop(self, _):
        self.moving = None
        return "<StopResponse/>"

    def on_GetPresets(self, _):
        rows = "".join(f'<Preset token="{token}"><Name>{name}</Name></Preset>' for token, name in self.presets.items())
        return f"<GetPresetsResponse>{rows}</GetPresetsResponse>"

    def on_GotoPreset(self, text):
        self.moving = re.search(r"<PresetToken>(\w+)<", text)[1]
        return "<GotoPresetResponse/>"

    def on_SetPreset(self, text):
        token = str(len(self.presets) + 1)
        self.presets[token] = re.search(r"<PresetName>([^<]*)<", text)[1]
        return f"<SetPresetResponse><PresetToken>{token}</PresetToken></SetPresetResponse>"

    def on_RemovePreset(self, text):
        self.presets.pop(re.search(r"<PresetToken>(\w+)<", text)[1], None)
        return "<RemovePresetResponse/>"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
