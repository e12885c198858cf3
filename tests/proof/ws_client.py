"""A small RFC 6455 client on asyncio, made for the proof programs: text frames, no extensions.

It shares no code with the server, and calls back once per JSON object, so that the order of what
arrived is the order of the calls.
"""
import asyncio
import base64
import hashlib
import json
import os
import struct


class Closed(Exception):
    """The connection is gone; `code` is the close code, 0 when there was none."""

    def __init__(self, code=0, reason=""):
        super().__init__(f"closed {code} {reason}")
        self.code, self.reason = code, reason


def masked(payload, key):
    """`payload` XOR the repeated four bytes of `key` (RFC 6455 §5.3)."""
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")
    return mixed.to_bytes(size, "big")


class WsClient(asyncio.Protocol):
    """`on_object(dict)` for each JSON object, `on_close(Closed)` once."""

    def __init__(self, on_object, on_close):
        self.on_object, self.on_close = on_object, on_close
        self.buffer = bytearray()
        self.parts = bytearray()
        self.upgraded = asyncio.get_running_loop().create_future()
        self.closed = None
        self.transport = None

    @classmethod
    async def connect(cls, host, port, token, on_object, on_close, path="/v1/ws"):
        """Returns when the upgrade is done; raises OSError or Closed."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(lambda: cls(on_object, on_close), host, port)
        key = base64.b64encode(os.urandom(16)).decode()
        client.accept = base64.b64encode(
            hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        client.transport.write(
            (f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
             f"Sec-WebSocket-Protocol: roomlog.v1.json\r\nAuthorization: Bearer {token}\r\n\r\n")
            .encode())
        try:
            await asyncio.wait_for(client.upgraded, 10)
        except asyncio.TimeoutError:
            client.abort()
            raise Closed(0, "no answer to the upgrade") from None
        return client

    def connection_made(self, transport):
        self.transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY

    def data_received(self, data):
        self.buffer += data
        if not self.upgraded.done() and not self.take_upgrade():
            return
        while self.closed is None and self.take_frame():
            pass

    def take_upgrade(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.buffer[:end]).decode("latin-1")
        del self.buffer[:end + 4]
        if not head.startswith("HTTP/1.1 101") or self.accept not in head:
            self.finish(Closed(0, "upgrade refused: " + head.split("\r\n")[0]))
            return False
        self.upgraded.set_result(None)
        return True

    def take_frame(self):
        buffer = self.buffer
        if len(buffer) < 2:
            return False
        size, at = buffer[1] & 0x7F, 2
        if size == 126:
            if len(buffer) < 4:
                return False
            size, at = struct.unpack_from(">H", buffer, 2)[0], 4
        elif size == 127:
            if len(buffer) < 10:
                return False
            size, at = struct.unpack_from(">Q", buffer, 2)[0], 10
        if len(buffer) < at + size:
            return False
        first, is_masked = buffer[0], buffer[1] & 0x80
        payload = bytes(buffer[at:at + size])
        del buffer[:at + size]
        if is_masked or first & 0x70:
            self.finish(Closed(0, "the server broke RFC 6455: masked frame or reserved bits"))
            return False
        self.handle(first & 0x0F, first & 0x80, payload)
        return True

    def handle(self, opcode, final, payload):
        if opcode in (0, 1):
            self.parts += payload
            if final:
                text, self.parts = bytes(self.parts), bytearray()
                for line in text.decode("utf-8").split("\n"):
                    if line and self.closed is None:
                        self.on_object(json.loads(line))
        elif opcode == 9:
            self.write_frame(10, payload)
        elif opcode == 8:
            code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
            self.write_frame(8, payload[:2])
            self.finish(Closed(code, payload[2:].decode("utf-8", "replace")))

    def write_frame(self, opcode, payload):
        size = len(payload)
        if size < 126:
            head = bytes([0x80 | opcode, 0x80 | size])
        elif size < 65536:
            head = bytes([0x80 | opcode, 0x80 | 126]) + struct.pack(">H", size)
        else:
            head = bytes([0x80 | opcode, 0x80 | 127]) + struct.pack(">Q", size)
        if self.transport.is_closing():
            return  # connection_lost() says so in a moment
        key = os.urandom(4)
        self.transport.write(head + key + masked(payload, key))

    def send(self, *objects):
        """All of them in one frame."""
        if self.closed is not None:
            raise self.closed
        text = "\n".join(json.dumps(o, ensure_ascii=False, separators=(",", ":")) for o in objects)
        self.write_frame(1, text.encode("utf-8"))

    def pause_reading(self):
        self.transport.pause_reading()

    def resume_reading(self):
        self.transport.resume_reading()

    def abort(self):
        """Without a closing handshake, as a phone does in a tunnel. on_close is not called."""
        if self.closed is None:
            self.closed = Closed(0, "aborted")
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc):
        self.finish(Closed(0, str(exc) if exc else "connection lost"))

    def finish(self, why):
        if self.closed is not None:
            return
        self.closed = why
        self.transport.abort()
        if not self.upgraded.done():
            self.upgraded.set_exception(why)
            self.upgraded.exception()  # seen, even when nobody waits any more
        else:
            self.on_close(why)


class Session:
    """Request and reply on a WsClient, for a program that does one thing after the other."""

    def __init__(self, client, events):
        self.client, self.events = client, events
        self.replies, self.last_id = {}, 0
        self.hello = None

    @classmethod
    async def open(cls, host, port, token):
        """Returns after `authenticated`. Frames without an id are put into `events`, a list."""
        session = cls(None, [])
        ready = asyncio.get_running_loop().create_future()

        def on_object(frame):
            waiting = session.replies.pop(frame.get("id"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
            elif frame["type"] == "hello":
                session.hello = frame
            elif frame["type"] == "authenticated" and not ready.done():
                ready.set_result(frame)
            else:
                session.events.append(frame)

        def on_close(why):
            for waiting in [ready, *session.replies.values()]:
                if not waiting.done():
                    waiting.set_exception(why)
                    waiting.exception()
            session.replies.clear()

        session.client = await WsClient.connect(host, port, token, on_object, on_close)
        await asyncio.wait_for(ready, 10)
        return session

    async def ask(self, timeout=15, **command):
        """The reply to one command; an `error` is a reply too."""
        self.last_id += 1
        waiting = asyncio.get_running_loop().create_future()
        self.replies[self.last_id] = waiting
        self.client.send({"id": self.last_id, **command})
        return await asyncio.wait_for(waiting, timeout)

    async def history(self, room):
        """Every event of the room, in pages of 200 forwards from the first."""
        events, after = [], 0
        while True:
            page = await self.ask(type="history", room=room, after_seq=after, limit=200)
            if page["type"] == "error" and page.get("temporary"):
                await asyncio.sleep(0.1)
                continue
            if page["type"] != "page":
                raise RuntimeError(f"history of {room}: {page}")
            events += page["events"]
            if not page["more"] or not page["events"]:
                return events
            after = page["events"][-1]["seq"]

    async def history_backwards(self, room):
        """The same in pages of 199 backwards from the newest, in seq order."""
        events, cursor = [], {}
        while True:
            page = await self.ask(type="history", room=room, limit=199, **cursor)
            if page["type"] == "error" and page.get("temporary"):
                await asyncio.sleep(0.1)
                continue
            if page["type"] != "page":
                raise RuntimeError(f"history of {room}: {page}")
            events = page["events"] + events
            if not page["more"] or not page["events"]:
                return events
            cursor = {"before_seq": page["events"][0]["seq"]}

    def close(self):
        self.client.abort()
