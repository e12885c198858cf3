"""What one hostile user, or a stranger, does to a server: the storms of bench/storm, one class each.

An attacker is a process of its own with one epoll loop. It sends bytes that were made beforehand as fast as
the server takes them, and throws away what comes back, or does not read it at all.

  storm_attacks.py KIND HOST PORT SECONDS SECRET      SECRET: the key of tokens, in hex
"""
import base64
import json
import os
import resource
import selectors
import socket
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "proof"))
from server_process import token  # noqa: E402

ATTACKER = "mallory"
ATTACKER_ADDRESS = "127.0.0.2"  # another one than that of everybody else
READ_BYTES = 1 << 18


def upgrade(token_text=None):
    """The request of a WebSocket upgrade."""
    key = base64.b64encode(os.urandom(16)).decode()
    identity = f"Authorization: Bearer {token_text}\r\n" if token_text else ""
    return (f"GET /v1/ws HTTP/1.1\r\nHost: storm\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{identity}\r\n").encode()


def frame(*commands):
    """One masked text frame, with a mask of zeros, so that it costs the attacker nothing."""
    body = "\n".join(c if isinstance(c, str) else json.dumps(c, separators=(",", ":")) for c in commands).encode()
    head = (b"\x81" + bytes([0x80 | len(body)]) if len(body) < 126 else
            b"\x81\xfe" + struct.pack(">H", len(body)) if len(body) < 65536 else
            b"\x81\xff" + struct.pack(">Q", len(body)))
    return head + b"\0\0\0\0" + body


class Connection:
    """A socket with bytes to send; `more()` is asked for the next ones when all are sent."""

    def __init__(self, first, more=None, reads=True):
        self.pending, self.more, self.reads = memoryview(first), more, reads
        self.socket = None


class Attack:
    """Holds `connections` connections open, and opens another one for each that ends."""
    connections = 1
    reopen = True

    def __init__(self, secret):
        self.secret, self.serial = secret, 0

    def token(self, user=ATTACKER):
        return token(self.secret, user, scope="")

    def unique(self):
        self.serial += 1
        return f"{os.getpid()}-{self.serial}"

    def connection(self):
        return Connection(upgrade(self.token()), self.more)

    def more(self):
        raise NotImplementedError


class RejectedWrites(Attack):
    """Sends that the log has to reject: an unknown predecessor, and 15 KB of metadata each."""
    connections = 4

    def more(self):
        metadata = {"pad": "x" * 15000}
        return b"".join(frame({"type": "send", "room": "mine", "cid": self.unique(), "text": "x",
                               "after_cid": "never", "metadata": metadata}) for _ in range(4))


class Creates(Attack):
    """Rooms by the thousand."""
    connections = 4

    def more(self):
        return frame(*({"type": "create", "room": "junk-" + self.unique(), "cid": "c"} for _ in range(100)))


class CrowdedCreates(Attack):
    """Eight connections pipeline rooms that name a hundred people each."""
    connections = 8
    people = ["p" * 240 + f"-{i}" for i in range(100)]

    def more(self):
        return b"".join(frame({"type": "create", "room": "crowd-" + self.unique(), "cid": "c",
                               "members": self.people}) for _ in range(8))


class UnreadPages(Attack):
    """A hundred connections ask for pages of a large room, and read nothing."""
    connections = 100
    query = {"type": "history", "id": 1, "room": "large", "limit": 200}

    def connection(self):
        return Connection(upgrade(self.token()), self.more, reads=False)

    def more(self):
        return frame(*[self.query] * 8)


class UnreadRooms(UnreadPages):
    """The same with the list of a few thousand rooms."""
    query = {"type": "rooms", "id": 1, "limit": 200}


class Bodies(Attack):
    """320 strangers post a mebibyte each."""
    connections = 320

    def connection(self):
        body = b"x" * (1 << 20)
        return Connection(b"POST /v1/rooms HTTP/1.1\r\nHost: storm\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def more(self):
        return b""


class EmptyScans(Attack):
    """Four connections look for kinds of events that a large room does not have."""
    connections = 4

    def more(self):
        query = {"type": "history", "id": 1, "room": "large", "kinds": ["reaction"], "limit": 200}
        return frame(*[query] * 8)


class Questions(Attack):
    """Fifty connections ask for history as fast as they are answered."""
    connections = 50

    def more(self):
        return frame(*[{"type": "history", "id": 1, "room": "large", "limit": 200}] * 8)


class Cursors(Attack):
    """A thousand subscriptions a frame, each from a time that has to be looked for."""
    connections = 4

    def more(self):
        moment = f"2026-01-01T00:00:00.{self.serial % 1000000:06d}Z"
        self.serial += 1
        return frame(*[f'{{"type":"subscribe","room":"large","since":"{moment}"}}'] * 900)


class HttpReads(Attack):
    """Pages over HTTP, pipelined."""
    connections = 20

    def connection(self):
        request = (f"GET /v1/rooms/large/events?limit=200 HTTP/1.1\r\nHost: storm\r\n"
                   f"Authorization: Bearer {self.token()}\r\n\r\n").encode()
        return Connection(request * 10, lambda: request * 10)


class Strangers(Attack):
    """As many connections without a token as the server takes, which say nothing."""
    connections = 30000

    def connection(self):
        return Connection(b"")

    def more(self):
        return b""


class Halves(Attack):
    """Two thousand upgrades without a token, given up and begun again as they are closed."""
    connections = 2000

    def connection(self):
        return Connection(upgrade())

    def more(self):
        return b""


class ManyDevices(Attack):
    """One user connects as often as they can, with a token."""
    connections = 3000

    def connection(self):
        return Connection(upgrade(self.one_token))

    def __init__(self, secret):
        super().__init__(secret)
        self.one_token = self.token()


class BadTokens(Attack):
    """Tokens with a wrong signature, one connection after the other."""
    connections = 200

    def connection(self):
        return Connection(upgrade(token(b"x" * 32, ATTACKER)))


class Pings(Attack):
    """Frames full of commands that cost the server little and the attacker nothing."""
    connections = 4

    def more(self):
        return frame(*['{"type":"ping"}'] * 3000)


class BadFrames(Attack):
    """Frames full of text that is no JSON; the server ends the connection, another one begins."""
    connections = 50

    def more(self):
        return frame(*["{" * 30] * 1500)


ATTACKS = {name: kind for name, kind in {
    "rejected-writes": RejectedWrites, "creates": Creates, "crowded-creates": CrowdedCreates,
    "unread-pages": UnreadPages, "unread-rooms": UnreadRooms, "bodies": Bodies, "empty-scans": EmptyScans,
    "questions": Questions, "http-reads": HttpReads, "cursors": Cursors, "strangers": Strangers,
    "halves": Halves, "many-devices": ManyDevices, "bad-tokens": BadTokens, "pings": Pings,
    "bad-frames": BadFrames}.items()}


class Loop:
    """Opens the attack's connections and keeps each of them busy until the time is up."""
    opened_per_round = 200

    def __init__(self, attack, host, port):
        self.attack, self.address = attack, (host, port)
        self.selector = selectors.EpollSelector()
        self.open, self.opened, self.sent, self.received = 0, 0, 0, 0

    def add(self):
        connection = self.attack.connection()
        connection.socket = socket.socket()
        connection.socket.setblocking(False)
        connection.socket.bind((ATTACKER_ADDRESS, 0))
        if not connection.reads:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            connection.socket.connect(self.address)
        except BlockingIOError:
            pass
        except OSError:
            connection.socket.close()
            return False
        self.selector.register(connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
        self.open += 1
        self.opened += 1
        return True

    def drop(self, connection):
        self.selector.unregister(connection.socket)
        connection.socket.close()
        self.open -= 1

    def write(self, connection):
        if not connection.pending:
            connection.pending = memoryview(connection.more() if connection.more else b"")
        if not connection.pending:
            self.selector.modify(connection.socket, selectors.EVENT_READ, connection)
            return
        count = connection.socket.send(connection.pending[:1 << 18])
        self.sent += count
        connection.pending = connection.pending[count:]

    def read(self, connection):
        if not connection.reads:  # its end is of interest all the same
            got = connection.socket.recv(1, socket.MSG_PEEK)
            if got:
                self.selector.modify(connection.socket, selectors.EVENT_WRITE, connection)
                return
        else:
            got = connection.socket.recv(READ_BYTES)
            self.received += len(got)
        if not got:
            raise ConnectionResetError

    def run(self, seconds):
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for _ in range(self.opened_per_round):
                if self.open >= self.attack.connections or not self.add():
                    break
            for key, mask in self.selector.select(min(0.05, end - now)):
                try:
                    if mask & selectors.EVENT_READ:
                        self.read(key.data)
                    if mask & selectors.EVENT_WRITE:
                        self.write(key.data)
                except BlockingIOError:
                    pass
                except OSError:
                    self.drop(key.data)
        return {"opened": self.opened, "open": self.open, "sent_bytes": self.sent, "received_bytes": self.received}


def main():
    kind, host, port, seconds, secret = sys.argv[1:]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    attack = ATTACKS[kind](bytes.fromhex(secret))
    attack.connections = min(attack.connections, hard - 100)
    print(json.dumps(Loop(attack, host, int(port)).run(float(seconds))))


if __name__ == "__main__":
    main()
