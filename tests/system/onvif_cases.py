"""Cameras by ONVIF on the running gateway: described to administrators, moved by inspectors, bad devices borne."""
import time

from house import ask
from onvif_device import JPEG, OnvifDevice
from wire import failing_call

LOGIN = {"user": "admin", "password": "s3cret"}


def described(node):
    """An administrator is told its streams, whatever its clock says; a picture of it is not for him."""
    device = OnvifDevice()
    admin = node.console("admin")
    found = admin.call("cameras.describe", {"address": device.url, **LOGIN})
    assert found == {"profiles": [{"profile": "main", "name": "Main", "codec": "H264", "width": 640, "height": 360,
                                   "url": device.rtsp}], "moves": True}, found
    refused = failing_call(admin, "cameras.describe", {"address": device.url, "user": "admin", "password": "wrong"})
    assert refused.reason == "wrong-state" and "password" in refused.message, refused
    device.mode = "elsewhere"  # it names services where it is not: they are asked for where it is
    assert admin.call("cameras.describe", {"address": device.url, **LOGIN})["moves"]
    for mode in ("rubbish", "huge", "slow"):
        device.mode = mode
        began = time.monotonic()
        error = failing_call(admin, "cameras.describe", {"address": device.url, **LOGIN})
        assert error.reason == "unavailable" and time.monotonic() - began < 19, f"{mode}: {error}"
    for address in ("https://127.0.0.1/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "x"):
        assert failing_call(admin, "cameras.describe", {"address": address}).reason == "bad-params", address
    admin.close()
    device.stop()


def add(admin, device, name):
    return admin.call("cameras.add", {"name": name, "unit": "demo-office-1", "url": device.rtsp, "onvif": device.url, **LOGIN})["camera"]


def steered(node):
    """Who moves it keeps it for a moment; presets; a still; a new address needs the login again."""
    device = OnvifDevice()
    admin, county, city = node.console("admin"), node.console("inspector-county"), node.console("inspector-city")
    camera = add(admin, device, "steered")
    assert camera["steerable"] and camera["onvif"] == device.url and "password" not in str(camera), camera
    assert "onvif" not in str([row for row in county.call("cameras.list")["cameras"] if row["id"] == camera["id"]])
    about = {"camera": camera["id"]}
    county.call("cameras.move", {**about, "pan": 50, "tilt": -100, "zoom": 0})
    assert device.moving == (0.5, -1, 0), device.moving
    first = failing_call(city, "cameras.move", {**about, "pan": 1, "tilt": 0, "zoom": 0})
    assert first.reason == "wrong-state" and "田可期" in first.message, first
    county.call("cameras.move", {**about, "pan": 0, "tilt": 0, "zoom": 0})
    assert device.moving is None and device.asked[-1] == "Stop"
    n = len(device.asked)
    county.call("cameras.move", {**about, "pan": 1, "tilt": 0, "zoom": 0})
    assert len(device.asked) <= n + 2, f"what is known is not asked again: {device.asked[n:]}"
    assert county.call("cameras.presets", about)["presets"] == [{"preset": "1", "name": "Door"}]
    saved = county.call("cameras.save-preset", {**about, "name": "窗 <&>"})["preset"]
    county.call("cameras.go", {**about, "preset": saved})
    assert device.moving == saved
    county.call("cameras.forget-preset", {**about, "preset": saved})
    assert list(device.presets) == ["1"]
    cookie = node.sign_in("person", "inspector-county")
    still = ask(node, "GET", f"/api/v1/cameras/{camera['id']}/snapshot", cookie=cookie)
    assert still.status == 200 and still.body == JPEG and still.headers["Content-Type"] == "image/jpeg", still
    assert failing_call(admin, "cameras.change", {**about, "onvif": "http://127.0.0.1:9/x"}).reason == "bad-params"
    actions = [row["action"] for row in node.console("auditor").call("audit.list", {"limit": 40})["entries"]]
    assert {"camera.move", "camera.go", "camera.save-preset", "camera.forget-preset", "camera.snapshot"} <= set(actions), actions
    device.password = "changed"
    refused = failing_call(county, "cameras.presets", about)
    assert refused.reason == "wrong-state" and "password" in refused.message, refused
    admin.call("cameras.remove", about)
    for page in (admin, county, city):
        page.close()
    device.stop()


def add_cases(report, node):
    report.case("onvif: a camera says what it has, a bad one takes nobody along", described, node)
    report.case("onvif: one inspector moves a camera at a time", steered, node)
