"""Debian's Firefox, driven over WebDriver BiDi: a page is opened, asked and typed into. Nothing asks the network.

Playwright's protocol for a Firefox that it did not build names commands that the extended support release lacks.
"""

import contextlib
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from websocket import create_connection

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
LONGEST = 60  # seconds until an answer
NOWHERE = {"network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9}
NOWHERE |= {"network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9}
FOCUS = {"focusmanager.testmode": True}  # a window that nobody sees has the focus, and its buttons hear keys
SCHEME = "layout.css.prefers-color-scheme.content-override"  # 0 dark, 1 light
CALM = "ui.prefersReducedMotion"
KEYS = {"Enter": "\ue006", "ArrowRight": "\ue014"}


def waited_for(ask, missing):
    """What `ask()` gives as soon as it gives something."""
    end = time.monotonic() + LONGEST
    while not (found := ask()):
        if time.monotonic() > end:
            raise TimeoutError(f"{missing} after {LONGEST} seconds")
        time.sleep(0.02)
    return found


class Firefox:
    """A running Firefox with one tab; `heard` keeps the page's messages and errors."""

    def __init__(self, **preferences):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        lines = [
            f'user_pref("{name}", {json.dumps(value)});\n' for name, value in (NOWHERE | FOCUS | preferences).items()
        ]
        (Path(self.folder.name) / "user.js").write_text("".join(lines), encoding="utf-8")
        start = [FIREFOX, "--headless", "--no-remote", "--profile", self.folder.name, "--remote-debugging-port", "0"]
        said = Path(self.folder.name) / "said.txt"
        with said.open("w") as file:
            self.process = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=file)
        address = waited_for(lambda: re.search(r"ws://[\d.:]+", said.read_text(errors="replace")), "no address")[0]
        self.socket = create_connection(f"{address}/session", timeout=LONGEST, suppress_origin=True)
        self.numbers, self.heard = itertools.count(1), []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.tab = self.send("browsingContext.create", type="window")["context"]

    def send(self, method, **parameters):
        """The answer to a command; what the page says meanwhile is kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != number:
            if answer.get("method") == "log.entryAdded":
                self.heard.append(answer["params"]["text"])
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def open(self, path, width=1280):
        self.heard.clear()
        self.send("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": 800})
        self.send("browsingContext.navigate", context=self.tab, url=path.as_uri(), wait="complete")
        return self

    def ask(self, code):
        """What an expression of the page gives, as JSON carries it."""
        asked = {"expression": f"JSON.stringify({code})", "target": {"context": self.tab}, "awaitPromise": True}
        answer = self.send("script.evaluate", **asked)
        if answer["type"] == "exception":
            raise RuntimeError(f"{code}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, code):
        waited_for(lambda: self.ask(code), f"{code} is not so")

    def press(self, *keys):
        """Types text, or presses keys of `KEYS`, in what has the focus."""
        letters = [letter for key in keys for letter in KEYS.get(key, key)]
        steps = [{"type": kind, "value": letter} for letter in letters for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": steps}
        self.send("input.performActions", context=self.tab, actions=[keyboard])

    def close(self):
        with contextlib.suppress(Exception):
            self.send("browser.close")
        self.socket.close()
        try:
            self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.folder.cleanup()
