"""Firefox, driven over WebDriver BiDi, which it speaks itself: https://w3c.github.io/webdriver-bidi/."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

from tests.browser.jupyterlab import free_port

NAMES = ("firefox-esr", "firefox")
SECONDS_TO_START = 60
# For each of these a new profile would ask other hosts.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Home": "\ue011", "Space": " ", "Tab": "\ue004"}


class Firefox:
    """A window of a running Firefox.

    Parameters
    ----------
    socket : WebSocket
        Where it listens.
    """

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._count = 0
        self.wrongs: list[str] = []
        self.asked: list[str] = []
        self.version: str = self._call("session.new", capabilities={})["capabilities"]["browserVersion"]
        self._call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self._window: str = self._call("browsingContext.getTree")["contexts"][0]["context"]
        self.size(1000, 800)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message["type"] == "event":
                self._note(message["method"], message["params"])
            elif message.get("id") == self._count:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return message["result"]

    def _note(self, event: str, told: dict[str, Any]) -> None:
        if event == "log.entryAdded" and told["level"] == "error":
            self.wrongs.append(told["text"])
        if event == "network.beforeRequestSent":
            self.asked.append(told["request"]["url"])

    def size(self, width: int, height: int) -> None:
        """Give the window's page this size, in pixels."""
        self._call(
            "browsingContext.setViewport", context=self._window, viewport={"width": width, "height": height}
        )

    def open(self, address: str) -> None:
        """Show a page, once all that it names has been loaded."""
        self._call("browsingContext.navigate", context=self._window, url=address, wait="complete")

    def run(self, script: str) -> Any:
        """What an expression is in the page, as JSON."""
        told = self._call(
            "script.evaluate",
            expression=f"Promise.resolve({script}).then(each => JSON.stringify(each ?? null))",
            target={"context": self._window},
            awaitPromise=True,
            userActivation=True,
        )
        if told["type"] != "success":
            raise RuntimeError(told["exceptionDetails"]["text"])
        return json.loads(told["result"]["value"])

    def wait(self, script: str, *, seconds: float = 30) -> Any:
        """What an expression is in the page as soon as that is true of it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"not true after {seconds} seconds: {script}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a reader does."""
        actions = [
            {"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")
        ]
        self._act({"type": "key", "id": "keyboard", "actions": actions})

    def drag(self, *places: tuple[float, float]) -> None:
        """Take what is at the first place of the window with the mouse, and let it go at the last."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)} for x, y in places]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._act({"type": "pointer", "id": "mouse", "actions": [moves[0], down, *moves[1:], up]})

    def _act(self, source: dict[str, Any]) -> None:
        self._call("input.performActions", context=self._window, actions=[source])

    def picture(self, path: Path) -> Path:
        """Save what the window shows, as PNG, and return its path."""
        told = self._call("browsingContext.captureScreenshot", context=self._window)
        path.write_bytes(base64.b64decode(told["data"]))
        return path


@contextmanager
def firefox(private: Path) -> Iterator[Firefox]:
    """A Firefox without a window on the screen, whose profile is in `private`, until the end."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise RuntimeError("Firefox is missing, and could not be installed")
    profile = private / "profile"
    profile.mkdir(parents=True)
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    port, log_path = free_port(), private / "firefox.log"
    command = [
        program,
        "--headless",
        "--no-remote",
        "--profile",
        str(profile),
        f"--remote-debugging-port={port}",
    ]
    with log_path.open("w") as log:
        started = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield Firefox(_connected(port, started, log_path))
        finally:
            started.terminate()
            started.wait(timeout=20)


def _connected(port: int, started: subprocess.Popen[bytes], log: Path) -> websocket.WebSocket:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and started.poll() is None:
        try:
            # Firefox refuses whoever names an origin.
            return websocket.create_connection(
                f"ws://127.0.0.1:{port}/session", suppress_origin=True, timeout=120
            )
        except (OSError, websocket.WebSocketException):
            time.sleep(0.2)
    raise RuntimeError(f"Firefox did not start:\n{log.read_text()[-3000:]}")
