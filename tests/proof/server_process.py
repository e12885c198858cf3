"""Starts, kills and restarts one server, as a child process, and makes tokens with its key."""
import base64
import hashlib
import hmac
import json
import os
import re
import select
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("ROOMLOG_BINARY", os.path.join(ROOT, "build/release/bin/roomlog"))


def environment():
    """Ours, without what steers the proof programs: to the server ROOMLOG_… are settings."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("ROOMLOG_") or "__" in name}


def token(secret, user, scope="unlimited", life_s=86400, **claims):
    """A JWT signed with HMAC, as RFC 7519 has it."""
    def part(value):
        text = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=")
    now = int(time.time())
    body = {"sub": user, "iat": now, "exp": now + life_s, "scope": scope, **claims}
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(body)
    mac = hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


class StartFailed(Exception):
    """The server ended, or was not ready in time; the text has its diagnostics."""


class Server:
    """At most one process at a time over one data directory. Ports are new at each start."""

    def __init__(self, data, binary=BINARY, options=(), diagnostics=None, name="server"):
        self.data, self.binary, self.options, self.name = data, binary, list(options), name
        self.diagnostics = diagnostics or os.path.join(os.path.dirname(data), "diagnostics.txt")
        self.process, self.port, self.started, self.ready_times = None, 0, 0, []
        self.draw_options = lambda: []  # for one start; may differ each time

    def spawn(self):
        """Starts the process without waiting for it."""
        if not os.access(self.binary, os.X_OK):
            raise StartFailed(f"no server at {self.binary}: build it, or name one by ROOMLOG_BINARY")
        os.makedirs(self.data, exist_ok=True)
        command = [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
                   "--admin-listen", "127.0.0.1:0", *self.options, *self.draw_options()]
        with open(self.diagnostics, "ab") as diagnostics:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=diagnostics,
                                            env=environment())
        self.began = time.monotonic()
        self.started += 1

    def wait_ready(self, timeout=60):
        """Blocks until the ready line; raises StartFailed."""
        out, text = self.process.stdout, b""
        deadline = time.monotonic() + timeout
        while b"\n" not in text[text.find(b"ready "):] or b"ready " not in text:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                raise StartFailed(f"not ready after {timeout} s\n{self.last_diagnostics()}")
            more = os.read(out.fileno(), 65536)
            if not more:
                code = self.process.wait()
                raise StartFailed(f"ended with {code}\n{self.last_diagnostics()}")
            text += more
        self.port = int(re.search(rb"ws://[^\s/]*:(\d+)", text).group(1))
        self.ready_times.append(time.monotonic() - self.began)

    def start(self, timeout=60):
        self.spawn()
        self.wait_ready(timeout)

    def secret(self):
        with open(os.path.join(self.data, "token.key"), "rb") as key:
            return key.read().rstrip(b"\r\n")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9; returns when the process is gone."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self, timeout=30):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        code = self.process.wait(timeout)
        self.process.stdout.close()
        self.process = None
        return code

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def last_diagnostics(self, size=3000):
        try:
            with open(self.diagnostics, "rb") as diagnostics:
                return diagnostics.read()[-size:].decode("utf-8", "replace")
        except OSError:
            return ""
