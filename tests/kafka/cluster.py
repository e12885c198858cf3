"""KRaft brokers on loopback, each a process of its own, run from the jars that ./jars fetches.

    DIR/cluster.json             ports and options, so that another process can go on with them
    DIR/N/server.properties      of broker N, counted from 1
    DIR/N/data, DIR/N/output     what it keeps, what it said
    DIR/N/clock                  how far its clock is from this machine's, where `clocks` was asked for

Clients have a listener of their own, so that a proxy can stand between them and a broker
(`advertise`) without standing between the brokers."""
import base64
import ctypes
import glob
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import uuid

import metadata

HERE = os.path.dirname(os.path.abspath(__file__))
JAVA = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
START_WAIT, STOP_WAIT = 60, 10
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"  # Debian's package libfaketime
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Trouble(Exception):
    pass


def jars(version):
    command = [os.path.join(HERE, "jars")] + ([version] if version else [])
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if found.returncode != 0:
        raise Trouble("the jars of Apache Kafka could not be fetched")
    return found.stdout.strip()


def free_ports(count):
    """Below the range that outgoing connections take theirs from: a port stays free while its
    broker is down."""
    held, ports = [], []
    while len(ports) < count:
        one = socket.socket()
        try:
            one.bind(("127.0.0.1", random.randint(15000, 32000)))
            ports.append(one.getsockname()[1])
        except OSError:
            pass
        held.append(one)
    for one in held:
        one.close()
    return ports


def stands_still(pid):
    states = []
    for path in glob.glob(f"/proc/{pid}/task/*/stat"):
        try:
            with open(path) as file:
                states.append(file.read().rpartition(")")[2].split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass  # that thread has ended
    return all(state == "T" for state in states)


def new_cluster_id():
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22]
        if not text.startswith("-"):  # or it looks like an option
            return text


class Cluster:
    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.tied = False  # brokers end with this process
        self.children = {}
        self.paused = set()
        self.state = {}

    # ── what there is

    @classmethod
    def opened(cls, directory):
        self = cls(directory)
        try:
            with open(self.path("cluster.json")) as file:
                self.state = json.load(file)
        except OSError as e:
            raise Trouble(f"no cluster in {directory}: {e.strerror}")
        return self

    def path(self, *parts):
        return os.path.join(self.directory, *map(str, parts))

    @property
    def numbers(self):
        return range(1, self.state["count"] + 1)

    def port(self, number, listener="CLIENT"):
        return self.state["ports"][listener][number - 1]

    def addresses(self, listener="CLIENT"):
        return [f"127.0.0.1:{self.port(n, listener)}" for n in self.numbers]

    def bootstrap(self):
        return ",".join(self.advertised(n) for n in self.numbers)

    def advertised(self, number):
        return self.state["advertise"].get(str(number), f"127.0.0.1:{self.port(number)}")

    def pid(self, number):
        """Of the running broker; None where it does not run."""
        if number in self.children and self.children[number].poll() is not None:
            return None
        try:
            with open(self.path(number, "pid")) as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if self.path(number, "server.properties").encode() in words else None

    # ── made

    @classmethod
    def made(cls, directory, count=1, settings=(), advertise=(), user="", version="", tied=False, clocks=False):
        """Makes and starts the brokers and waits until they answer. `clocks`: set_clock() works."""
        self = cls(directory)
        self.tied = tied
        if os.path.exists(self.path("cluster.json")):
            raise Trouble(f"{directory} has a cluster already; stop it and remove the directory")
        for attempt in range(3):  # a port may be taken between its choice and its use
            self._lay_out(count, settings, advertise, user, version)
            self.state["clocks"] = clocks
            self._save()
            self._format(user)
            for number in self.numbers:
                self.start(number)
            try:
                self.wait()
                return self
            except Trouble:
                self.stop_all(at_once=True)
                if attempt == 2 or not self._lost_a_port():
                    raise
                for number in self.numbers:
                    shutil.rmtree(self.path(number))

    def _lay_out(self, count, settings, advertise, user, version):
        listeners = ["CLIENT", "INTERNAL", "CONTROLLER"] + (["SECURE"] if user else [])
        ports = free_ports(count * len(listeners))
        self.state = {
            "count": count, "id": new_cluster_id(), "jars": jars(version), "advertise": dict(advertise),
            "settings": list(settings), "user": user,
            "ports": {name: ports[i * count:(i + 1) * count] for i, name in enumerate(listeners)}}
        os.makedirs(self.directory, exist_ok=True)
        if user:
            self._make_certificates()
        for number in self.numbers:
            os.makedirs(self.path(number), exist_ok=True)
            with open(self.path(number, "server.properties"), "w") as file:
                for name, value in self._properties(number):
                    file.write(f"{name}={value}\n")

    def _save(self):
        with open(self.path("cluster.json"), "w") as file:
            json.dump(self.state, file, indent=1)

    def _properties(self, number):
        count, secure = self.state["count"], "SECURE" in self.state["ports"]
        clients = ["CLIENT", "INTERNAL"] + (["SECURE"] if secure else [])
        voters = ",".join(f"{n}@{a}" for n, a in zip(self.numbers, self.addresses("CONTROLLER")))
        listen = {name: f"{name}://127.0.0.1:{self.port(number, name)}" for name in clients + ["CONTROLLER"]}
        protocols = "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT"
        out = {
            "process.roles": "broker,controller", "node.id": number,
            "controller.quorum.voters": voters, "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "INTERNAL", "listeners": ",".join(listen.values()),
            "advertised.listeners": ",".join(
                [f"CLIENT://{self.advertised(number)}"] + [listen[name] for name in clients[1:]]),
            "listener.security.protocol.map": protocols + (",SECURE:SASL_SSL" if secure else ""),
            "log.dirs": self.path(number, "data"),
            "offsets.topic.num.partitions": 4, "offsets.topic.replication.factor": count,
            "transaction.state.log.replication.factor": count,
            "transaction.state.log.min.isr": min(count, 2), "default.replication.factor": count,
            "min.insync.replicas": min(count, 2), "log.cleaner.dedupe.buffer.size": 2097152,
            "group.initial.rebalance.delay.ms": 0,
            # A broker that was killed is missed, and may come back, after 3 s instead of 9.
            "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500,
            "log.message.timestamp.type": "LogAppendTime"}
        if secure:
            out.update({
                "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
                "listener.name.secure.scram-sha-512.sasl.jaas.config":
                    "org.apache.kafka.common.security.scram.ScramLoginModule required;",
                "listener.name.secure.plain.sasl.jaas.config":
                    "org.apache.kafka.common.security.plain.PlainLoginModule required "
                    'user_{}="{}";'.format(*self.state["user"].split(":", 1)),
                "ssl.keystore.type": "PEM", "ssl.keystore.location": self.path("broker.pem"),
                "ssl.truststore.type": "PEM", "ssl.truststore.location": self.path("ca.pem")})
        out.update(setting.split("=", 1) for setting in self.state["settings"])
        return out.items()

    def _make_certificates(self):
        """A certificate of our own for 127.0.0.1, which is its own authority: ca.pem for clients."""
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", self.path("key.pem"), "-out", self.path("ca.pem")],
            check=False, stderr=subprocess.PIPE, text=True)
        if made.returncode != 0:
            raise Trouble(f"openssl made no certificate: {made.stderr}")
        with open(self.path("broker.pem"), "w") as out:
            for part in ("key.pem", "ca.pem"):
                with open(self.path(part)) as file:
                    out.write(file.read())

    def _format(self, user):
        command = JAVA + ["-cp", self.state["jars"] + "/*", "kafka.tools.StorageTool", "format",
                          "-t", self.state["id"], "--ignore-formatted"]
        if user:
            name, password = user.split(":", 1)
            command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        running = []
        for number in self.numbers:
            with open(self.path(number, "output"), "ab") as output:
                running.append(subprocess.Popen(
                    command + ["-c", self.path(number, "server.properties")],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output))
        if any([process.wait() != 0 for process in running]):
            raise Trouble("StorageTool failed:\n" + self.last_words())

    # ── started and ended

    def _prepare_child(self):
        os.setsid()  # Ctrl-C is for whoever started us
        if self.tied:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def start(self, number):
        """Starts the process and does not wait for it."""
        if self.pid(number):
            return
        with open(self.path(number, "output"), "ab") as output:
            child = subprocess.Popen(
                JAVA + ["-cp", self.state["jars"] + "/*", "kafka.Kafka", self.path(number, "server.properties")],
                cwd=self.path(number), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, **self._clock_environment(number)}, preexec_fn=self._prepare_child)
        self.children[number] = child
        with open(self.path(number, "pid"), "w") as file:
            file.write(str(child.pid))

    def _clock_environment(self, number):
        """The wall clock comes from libfaketime, which looks into the file every second; timeouts, which
        follow the monotonic clock, are left alone. Without the last setting, which Debian's build has
        on, many of a JVM's waits take seconds longer, and a start 16 s instead of 4."""
        if not self.state.get("clocks"):
            return {}
        found = glob.glob(FAKETIME)
        if not found:
            raise Trouble(f"no {FAKETIME}: install Debian's package faketime")
        if not os.path.exists(self.path(number, "clock")):
            self.set_clock(number, 0)
        return {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": self.path(number, "clock"),
                "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_FORCE_MONOTONIC_FIX": "0"}

    def set_clock(self, number, seconds):
        """Ahead of this machine's, or behind. Works within about a second, and for later starts."""
        if not self.state.get("clocks"):
            raise Trouble("the clocks of these brokers are this machine's")
        with open(self.path(number, "clock.new"), "w") as file:
            file.write(f"{int(seconds):+d}\n")
        os.replace(self.path(number, "clock.new"), self.path(number, "clock"))

    def wait(self, at_most=START_WAIT):
        """Until every broker that runs knows all that run."""
        deadline = time.monotonic() + at_most
        while True:
            running = {n for n in self.numbers if self.pid(n) and n not in self.paused}
            silent = [n for n in running if not running <= metadata.known_brokers(self.port(n))]
            died = [n for n, child in self.children.items() if child.poll() not in (None, -9, -15, 143)]
            if running and not silent and not died:
                return
            if died or not running or time.monotonic() > deadline:
                raise Trouble(f"brokers that do not answer: {sorted(silent) + died}\n" + self.last_words())
            time.sleep(0.05)

    def signal(self, number, what):
        pid = self.pid(number)
        if not pid:
            raise Trouble(f"broker {number} does not run")
        os.kill(pid, what)
        return pid

    def _await_end(self, number, at_most):
        deadline = time.monotonic() + at_most
        while self.pid(number):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self, number, at_once=False):
        if not self.pid(number):
            return
        if at_once or number in self.paused:
            self.kill(number)
            return
        self.signal(number, signal.SIGTERM)
        if not self._await_end(number, STOP_WAIT):
            self.kill(number)

    def kill(self, number):
        if self.pid(number):
            self.signal(number, signal.SIGKILL)
            self._await_end(number, STOP_WAIT)
        self.paused.discard(number)

    def pause(self, number):
        pid = self.signal(number, signal.SIGSTOP)
        self.paused.add(number)
        deadline = time.monotonic() + STOP_WAIT
        while not stands_still(pid):  # its threads stop one by one, and one that runs still answers
            if time.monotonic() > deadline:
                raise Trouble(f"broker {number} does not stand still")
            time.sleep(0.005)

    def proceed(self, number):
        self.signal(number, signal.SIGCONT)
        self.paused.discard(number)

    def restart(self, number):
        self.stop(number)
        self.start(number)
        self.wait()

    def stop_all(self, at_once=False):
        """All at a time: with the quorum gone, the last one would not end by itself."""
        for number in self.numbers:
            if not at_once and self.pid(number) and number not in self.paused:
                self.signal(number, signal.SIGTERM)
        for number in self.numbers:
            if at_once or not self._await_end(number, STOP_WAIT):
                self.kill(number)

    def forget_data(self):
        """What the brokers said stays, for whoever looks into a failure."""
        for number in self.numbers:
            shutil.rmtree(self.path(number, "data"), ignore_errors=True)

    # ── what was said

    def _lost_a_port(self):
        said = self.last_words(1000)
        return "Address already in use" in said or "BindException" in said

    def last_words(self, lines=12):
        out = []
        for number in self.numbers:
            try:
                with open(self.path(number, "output"), errors="replace") as file:
                    out += [f"[{number}] {line}" for line in file.read().splitlines()[-lines:]]
            except OSError:
                pass
        return "\n".join(out)
