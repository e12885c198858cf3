#!/usr/bin/env python3
"""Three gateways, two pushers and two projectors on three Kafka brokers, all on loopback.

Whatever dies is started again after a second, as a service manager would do. Commands on stdin:

    status                    what runs, and what /readyz says of it
    kill NAME                 SIGKILL; a server is started again, a broker stays away
    stop NAME, start NAME     SIGTERM (a server drains), and back again
    pause NAME, continue NAME SIGSTOP, SIGCONT

NAME is gateway-1 to gateway-3, pusher-1, pusher-2, projector-1, projector-2, broker-1 to broker-3.
Ctrl-C ends all."""
import argparse
import ctypes
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "kafka"))
from cluster import Cluster, Trouble

# Role and number: which example it is run with, and its port above the base.
PARTS = [("gateway", n, n) for n in (1, 2, 3)] + [("pusher", n, 10 + n) for n in (1, 2)] + [
    ("projector", n, 20 + n) for n in (1, 2)]
PARTITIONS = 8
READY_WAIT, DRAIN_WAIT, BACK_AFTER = 120, 20, 1.0
HOPELESS = (2, 3, 5)  # usage, settings, damage: another start would find the same
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def say(text=""):
    print(text, flush=True)


def in_words(answer):
    """What /readyz says, in a line."""
    said = json.loads(answer)
    behind = sum(one["records"] for component in said["components"] for one in component.get("lag", []))
    missing = [f"{one['name']}: {one.get('why', '')}" for one in said["components"] if not one["ready"]]
    return ("is ready" if said["ready"] else "is not ready: " + "; ".join(missing)) + f", {behind} records behind"


class Part:
    """One server: started, watched, started again."""

    def __init__(self, role, number, offset, options, brokers):
        self.name = f"{role}-{number}"
        self.options = options
        self.directory = os.path.join(options.data, self.name)
        self.child, self.ready, self.wanted, self.died = None, "", True, 0.0
        base = 0 if options.ports == "free" else int(options.ports)
        port, admin = (base + offset, base + 100 + offset) if base else (0, 0)
        self.command = [
            options.binary, "serve", "--config", os.path.join(ROOT, "deploy", "examples", role + ".toml"),
            "--kafka", brokers, "--data", self.directory, "--listen", f"127.0.0.1:{port}",
            "--admin-listen", f"127.0.0.1:{admin}", "--threads", "1",
            "--set", "auth.hmac_secret_file=" + options.key,
            "--set", "fold.cache_bytes=64MiB"]

    def start(self):
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.wanted, self.ready = True, ""
        with open(self.directory + ".output", "ab") as output:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output,
                preexec_fn=self._prepare)

    @staticmethod
    def _prepare():
        os.setsid()  # Ctrl-C is for us; we end them in order
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def look(self):
        """Reads the ready line when it is there; starts what has died."""
        if self.child and not self.ready and select.select([self.child.stdout], [], [], 0)[0]:
            line = self.child.stdout.readline().decode().strip()
            if line:
                self.ready = line
                say(f"{self.name}: {line}")
        if self.alive() or not self.wanted:
            return
        code = self.child.returncode
        if code in HOPELESS:
            self.wanted = False
            say(f"{self.name}: ended with {code}, see {self.directory}.output")
        elif not self.died:
            self.died = time.monotonic()
            say(f"{self.name}: ended with {code}, comes back")
        elif time.monotonic() - self.died > BACK_AFTER:
            self.died = 0.0
            self.start()

    def url(self, word):
        """A word of "ready http://… ws://… admin http://…", by what stands before or in it."""
        words = self.ready.split()
        if word == "admin" and "admin" in words:
            return words[words.index("admin") + 1]
        return next((one for one in words if one.startswith(word)), "")

    def readiness(self):
        if not self.alive():
            return "is not running"
        try:
            with urllib.request.urlopen(self.url("admin") + "/readyz", timeout=2) as answer:
                return in_words(answer.read())
        except urllib.error.HTTPError as e:
            return in_words(e.read())
        except (OSError, ValueError) as e:
            return f"does not answer: {e}"

    def signal(self, what):
        if self.alive():
            self.child.send_signal(what)

    def stop(self):
        self.wanted = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)


class Picture:
    def __init__(self, options):
        self.options = options
        self.brokers = None
        self.parts = {}

    def start(self):
        say("Starting three brokers …")
        try:
            self.brokers = Cluster.made(os.path.join(self.options.data, "kafka"), count=3, tied=True)
        except Trouble as e:
            raise SystemExit(f"try-cluster: {e}")
        bootstrap = self.brokers.bootstrap()
        subprocess.run(
            [self.options.binary, "topics", "create", "--kafka", bootstrap, "--partitions", str(PARTITIONS)],
            check=True, stdout=subprocess.DEVNULL)
        say(f"Brokers: {bootstrap}; {PARTITIONS} partitions")
        for role, number, offset in PARTS:
            part = Part(role, number, offset, self.options, bootstrap)
            self.parts[part.name] = part
            part.start()
        deadline = time.monotonic() + READY_WAIT
        while not all(part.ready for part in self.parts.values()):
            self.look()
            given_up = [part for part in self.parts.values() if not part.wanted]
            if given_up or time.monotonic() > deadline:
                raise SystemExit("try-cluster: not all are ready")
            time.sleep(0.05)

    def look(self):
        for part in self.parts.values():
            part.look()

    def end(self):
        say("Ending …")
        for part in self.parts.values():
            part.stop()
        deadline = time.monotonic() + DRAIN_WAIT
        for part in self.parts.values():
            if part.child:
                try:
                    part.child.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    part.child.kill()
        if self.brokers:
            self.brokers.stop_all(at_once=True)

    # ── commands

    def command(self, line):
        words = line.split()
        if words == ["status"]:
            return self.status()
        if len(words) != 2 or words[0] not in ("kill", "stop", "start", "pause", "continue"):
            return say(__doc__) if words else None
        try:
            if words[1].startswith("broker-"):
                self.command_broker(words[0], int(words[1].removeprefix("broker-")))
            else:
                self.command_part(words[0], self.parts[words[1]])
        except (KeyError, ValueError):
            return say(f"there is no {words[1]}")
        except Trouble as e:
            return say(str(e))
        say(f"{words[1]}: {words[0]}, done")

    def command_part(self, what, part):
        if what == "start" and not part.alive():
            part.start()
        elif what == "stop":
            part.stop()
        elif what in ("kill", "pause", "continue"):
            part.signal({"kill": signal.SIGKILL, "pause": signal.SIGSTOP, "continue": signal.SIGCONT}[what])

    def command_broker(self, what, number):
        if number not in self.brokers.numbers:
            raise KeyError(number)
        {"kill": self.brokers.kill, "stop": self.brokers.stop, "start": self.brokers.start,
         "pause": self.brokers.pause, "continue": self.brokers.proceed}[what](number)

    def status(self):
        for number in self.brokers.numbers:
            state = "is paused" if number in self.brokers.paused else "runs"
            say(f"broker-{number}: {state if self.brokers.pid(number) else 'is not running'}")
        for part in self.parts.values():
            say(f"{part.name}: {part.readiness()}")

    def what_to_try(self):
        gateways = [self.parts[f"gateway-{n}"] for n in (1, 2, 3)]
        pusher, projector = self.parts["pusher-1"], self.parts["projector-1"]
        say(f"""
All are ready. In a second terminal:

  PATH={os.path.dirname(self.options.binary)}:$PATH
  token() {{ roomlog token --user "$1" --set auth.hmac_secret_file={self.options.key}; }}

  wscat -c {gateways[0].url('ws')} -H "Authorization: Bearer $(token ann)"     # apt-get install node-ws
  {{"type":"create","id":1,"room":"general","public":true,"cid":"c-1"}}
  {{"type":"send","id":2,"room":"general","cid":"c-2","text":"hello"}}

  wscat -c {gateways[1].url('ws')} -H "Authorization: Bearer $(token bob)"     # another gateway
  {{"type":"join","id":1,"room":"general","cid":"b-1"}}
  {{"type":"subscribe","id":2,"room":"general","after_seq":0}}

  wscat -c {pusher.url('ws')} -H "Authorization: Bearer $(token bob)"     # a pusher: reads only

  curl -H "Authorization: Bearer $(token bob)" {projector.url('http')}/v1/rooms/general/events   # a projector
  roomlog feed --url {gateways[2].url('ws')} --key-file {self.options.key} --room ubuntu FILE…
  roomlog read --kafka {self.brokers.bootstrap()} --room general
  roomlog doctor --kafka {self.brokers.bootstrap()}

Here: status, kill gateway-1, stop projector-2, pause broker-3, kill broker-2, start broker-2 … (help: any other word).
What each says is in {self.options.data}/NAME.output. Ctrl-C ends all.
""")

    def serve(self):
        self.what_to_try()
        listening, rest = True, ""
        while True:
            ready = select.select([sys.stdin] if listening else [], [], [], 0.1)[0]
            if ready:  # not by readline(), which would keep further lines where select() does not look
                given = os.read(sys.stdin.fileno(), 4096).decode(errors="replace")
                listening = bool(given)
                *lines, rest = (rest + given).split("\n")
                for line in lines:
                    self.command(line)
            self.look()


def interrupted(*_):
    raise KeyboardInterrupt


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--data", help="kept there; must be empty. Default: a directory that goes at the end")
    parser.add_argument("--ports", default="8100", metavar="BASE|free",
                        help="gateways at BASE+1 …, pushers at BASE+11 …, projectors at BASE+21 …, their admin "
                             "ports 100 above. Default 8100")
    return parser.parse_args()


def main():
    given = options()
    given.binary = os.path.abspath(given.binary)
    kept = given.data is not None
    given.data = os.path.abspath(given.data) if kept else tempfile.mkdtemp(prefix="roomlog-cluster-")
    os.makedirs(given.data, exist_ok=True)
    given.key = os.path.join(given.data, "token.secret")
    with open(os.open(given.key, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
    signal.signal(signal.SIGTERM, interrupted)
    picture = Picture(given)
    try:
        picture.start()
        picture.serve()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        picture.end()
        if kept:
            say(f"Everything is in {given.data}.")
        else:
            shutil.rmtree(given.data, ignore_errors=True)


main()
