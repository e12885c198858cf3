"""The people of a proof run: writers that never give up a cid, and subscribers that follow a room
from its first event over as many connections as it takes. Everything they do and are told goes into
the journal."""
import asyncio

from journal import event_fields
from server_process import token
from ws_client import Closed, WsClient

# Refusals that pass by themselves: the same cid is sent again.
TEMPORARY = {"unknown_outcome", "overloaded", "unavailable", "rate_limited", "expired",
             "predecessor_missing", "internal"}
ODD_TEXTS = ["\u00e9\u4e2d\U0001f600", "line\nbreak\ttab\r", "\\\"</script>\u2028\u2029", " ",
             "x" * 4000, "\x01\x1f\x7f\x80", "a\u0301\u202e", "\U0010ffff"]


class World:
    """What the people of one run share. `target` is None while no server is ready."""

    def __init__(self, journal, secret, random):
        self.journal, self.secret, self.random = journal, secret, random
        self.target = None
        self.stopping = False   # make nothing new, finish what is open
        self.finished = False   # go home
        self.connections = 0
        self.attempts = 0
        self.trouble = []       # protocol errors, which are violations by themselves

    async def connect(self, user, on_object, on_close):
        """A client whose token was taken, and its number; None when that did not work out."""
        if self.target is None:
            await asyncio.sleep(0.02)
            return None
        ready = asyncio.get_running_loop().create_future()

        def first(frame):
            if frame["type"] == "authenticated":
                if not ready.done():
                    ready.set_result(True)
            else:
                on_object(frame)

        def closed(why):
            if not ready.done():
                ready.set_result(False)
            on_close(why)

        client = None
        try:
            client = await WsClient.connect("127.0.0.1", self.target, token(self.secret, user),
                                            first, closed)
            if await asyncio.wait_for(ready, 10) and client.closed is None:
                self.connections += 1
                return client, self.connections
        except (OSError, Closed, asyncio.TimeoutError):
            pass
        if client is not None:
            client.abort()
        await asyncio.sleep(0.02)
        return None

    def protocol_error(self, text):
        self.trouble.append(" | ".join(text.split("\n"))[:400])
        self.journal.add("note", text=text)

    def hopeless(self):
        """Enough is wrong: nobody needs more of it."""
        return len(self.trouble) > 100


class Position:
    """The largest n such that every seq up to n was seen, in whatever order they came."""

    def __init__(self):
        self.value, self.ahead = 0, set()

    def took(self, seq):
        if seq > self.value:
            self.ahead.add(seq)
        while self.value + 1 in self.ahead:
            self.value += 1
            self.ahead.remove(self.value)


class Command:
    """One cid, from when it is made until its verdict is known."""

    def __init__(self, fields, after=None):
        self.fields, self.after = fields, after
        self.seq = None      # of its ack
        self.refused = None  # code, for good

    @property
    def cid(self):
        return self.fields["cid"]

    def settled(self):
        return self.seq is not None or self.refused is not None


class Writer:
    """A user who writes in one room. `twins`: as many connections at once, all of which send the same
    commands. `window`: how many commands are open at once, each naming the one before as after_cid.
    `follows`: the first connection also subscribes."""

    def __init__(self, world, user, room, twins=1, window=1, follows=False, pause_max=0.01):
        self.world, self.user, self.room = world, user, room
        self.window, self.follows, self.pause_max = window, follows, pause_max
        self.queue = []      # unsettled commands, oldest first
        self.done = []       # acknowledged ones
        self.count = 0
        self.position, self.epoch = Position(), None
        self.changed = asyncio.Event()
        self.lines = [Line(self, n) for n in range(twins)]

    async def run(self):
        self.make("join", {"type": "join"})
        await asyncio.gather(self.compose(), *(line.run() for line in self.lines))

    def make(self, kind, fields, after=None, text=None):
        self.count += 1
        cid = f"{self.user}-{self.count}"
        fields = {"room": self.room, "cid": cid, **fields}
        if after is not None:
            fields["after_cid"] = after
        self.world.journal.add("send", room=self.room, user=self.user, cid=cid, kind=kind, text=text,
                               **({"after": after} if after else {}))
        self.queue.append(Command(fields, after))
        self.wake()

    async def compose(self):
        """Makes messages as long as the run goes on and the window has room."""
        random = self.world.random
        while not (self.world.stopping and not self.queue):
            if self.world.stopping or len(self.queue) >= self.window or self.world.target is None:
                self.changed.clear()
                try:
                    await asyncio.wait_for(self.changed.wait(), 0.05)
                except asyncio.TimeoutError:
                    pass
                continue
            burst = random.randint(1, self.window)
            for _ in range(min(burst, self.window - len(self.queue))):
                self.write(random)
            await asyncio.sleep(random.uniform(0, self.pause_max))

    def write(self, random):
        last = self.queue[-1].cid if self.queue else None
        chance = random.random()
        if chance < 0.01:  # one code point too many: refused for good, by the form alone
            text = "y" * 4001
        elif chance < 0.05:
            text = random.choice(ODD_TEXTS)
        else:
            text = f"{self.user} says {self.count} " + "z" * random.randint(0, 200)
        after = last if self.window > 1 and last is not None else None
        self.make("message", {"type": "send", "text": text}, after, text)

    def wake(self):
        self.changed.set()
        for line in self.lines:
            line.wake.set()

    def acknowledged(self, command, frame, conn, also_follows):
        places = {"sub": self.user, "conn": conn} if also_follows else {}
        self.world.journal.add("ack", room=self.room, user=self.user, cid=frame["cid"],
                               seq=frame["seq"], offset=frame["offset"], ts=frame["ts"],
                               duplicate=frame["duplicate"], **places)
        if command.seq is None:
            command.seq = frame["seq"]
            self.done.append(command)
            if command in self.queue:
                self.queue.remove(command)
        self.wake()

    def refused(self, command, code):
        if command.settled():
            return
        command.refused = code
        self.world.journal.add("refused", room=self.room, user=self.user, cid=command.cid, code=code)
        if command in self.queue:  # not one that was only asked for again
            self.queue.remove(command)
        # What named it can only be accepted without it: the rest goes on as new commands would.
        for other in self.queue:
            if other.after == command.cid:
                other.after = None
                other.fields.pop("after_cid")
        self.wake()


class Line:
    """One connection of a writer, again and again."""

    def __init__(self, writer, number):
        self.writer, self.world = writer, writer.world
        self.follows = writer.follows and number == 0
        self.wake = asyncio.Event()
        self.client = None
        self.conn, self.last_id = 0, 0
        self.subscribed = False
        self.open = {}       # id -> command
        self.later = {}      # cid -> time before which it is not sent again
        self.hello = None

    async def run(self):
        while not self.world.finished:
            self.open, self.later = {}, {}
            connected = await self.world.connect(self.writer.user, self.on_object, self.on_close)
            if connected is None:
                continue
            self.client, self.conn = connected
            self.subscribed = False
            if self.follows and any(c.fields["type"] == "join" for c in self.writer.done):
                self.subscribe()
            self.ask_again()
            while self.client.closed is None and not self.world.finished:
                self.pump()
                self.wake.clear()
                try:
                    await asyncio.wait_for(self.wake.wait(), 0.05)
                except asyncio.TimeoutError:
                    pass
            self.client.abort()

    def subscribe(self):
        writer = self.writer
        fields = {"type": "subscribe", "id": "sub", "room": writer.room,
                  "after_seq": writer.position.value}
        if writer.epoch is not None:
            fields["epoch"] = writer.epoch
        self.subscribed = True
        self.world.journal.add("subscribe", sub=writer.user, conn=self.conn, room=writer.room,
                               after=writer.position.value)
        self.client.send(fields)

    def ask_again(self):
        """Settled long ago, sent once more: the answer is the first one. One with other content."""
        writer, random = self.writer, self.world.random
        for command in random.sample(writer.done, min(3, len(writer.done))) + writer.done[-3:]:
            self.send(command)
        messages = [c for c in writer.done if c.fields["type"] == "send"]
        if messages and random.random() < 0.3:
            other = Command({**random.choice(messages).fields, "text": "other content"})
            self.send(other)

    def pump(self):
        under_way = {id(c) for c in self.open.values()}
        now = asyncio.get_running_loop().time()
        for command in list(self.writer.queue):
            if id(command) in under_way:
                continue
            if self.later.get(command.cid, 0) > now:
                break  # and so does what names it
            self.send(command)

    def send(self, command):
        if self.client.closed is not None:
            return
        self.last_id += 1
        self.open[self.last_id] = command
        self.world.attempts += 1
        self.client.send({"id": self.last_id, **command.fields})

    def on_object(self, frame):
        kind = frame["type"]
        if kind == "event":
            self.world.journal.event(frame, self.writer.user, self.conn)
            self.writer.position.took(frame["seq"])
        elif kind == "live":
            self.world.journal.add("live", sub=self.writer.user, conn=self.conn, room=frame["room"],
                                   seq=frame["seq"])
        elif kind == "subscribed":
            self.writer.epoch = frame["epoch"]
        elif kind in ("ack", "error"):
            self.answer(frame)
        elif kind == "hello":
            self.hello = frame

    def answer(self, frame):
        if frame.get("id") == "sub":  # not ready yet, or not a member any more
            self.client.abort()
            return
        command = self.open.pop(frame.get("id"), None)
        if command is None:
            self.world.protocol_error(f"{self.writer.user}: unexpected {frame}")
            return
        if frame["type"] == "ack":
            if command.fields.get("text") == "other content":
                self.world.protocol_error(f"other content was acknowledged: {frame}")
            elif frame.get("cid") != command.cid:
                self.world.protocol_error(f"asked for {command.cid}, got {frame}")
            else:
                self.writer.acknowledged(command, frame, self.conn, self.follows)
                if self.follows:
                    self.writer.position.took(frame["seq"])
                    if not self.subscribed and command.fields["type"] == "join":
                        self.subscribe()
        else:
            self.refused(command, frame)

    def refused(self, command, frame):
        code, writer = frame["code"], self.writer
        if code == "cid_conflict" and command.fields.get("text") == "other content":
            self.world.journal.add("conflict", room=writer.room, user=writer.user, cid=command.cid,
                                   seq=frame["seq"])
        elif code in TEMPORARY:
            if code == "unknown_outcome":
                self.world.journal.add("lost", room=writer.room, user=writer.user, cid=command.cid)
            wait = frame.get("retry_after_ms", 50) / 1000
            self.later[command.cid] = asyncio.get_running_loop().time() + wait
        elif code == "message_too_long" and len(command.fields.get("text", "")) > 4000:
            writer.refused(command, code)
        else:
            self.world.protocol_error(f"{writer.user}: {command.fields} was refused: {frame}")
            writer.refused(command, code)
        self.wake.set()

    def on_close(self, why):
        for command in self.open.values():
            if not command.settled():
                self.world.journal.add("lost", room=self.writer.room, user=self.writer.user,
                                       cid=command.cid)
        self.open = {}
        self.wake.set()


class Subscriber:
    """Follows a room from its first event. `restless`: cuts its own connection now and then and
    resumes from a cursor further back than it is, so that there is a backlog while sends go on."""

    def __init__(self, world, name, user, room, restless=False):
        self.world, self.name, self.user, self.room = world, name, user, room
        self.restless = restless
        self.position = Position()  # over all connections
        self.cursor = 0  # of the present connection
        self.epoch = None
        self.conn = 0
        self.client = None
        self.refused = False
        self.wake = asyncio.Event()

    async def run(self):
        random = self.world.random
        while not self.world.finished:
            connected = await self.world.connect(self.user, self.on_object, lambda _: self.wake.set())
            if connected is None:
                continue
            self.client, self.conn = connected
            self.cursor = position = self.position.value
            if self.restless and random.random() < 0.8:
                back = random.choice([100, 400, 400, 3000])
                self.cursor = random.randint(max(0, position - back), position)
            self.subscribe()
            until = asyncio.get_running_loop().time() + (
                random.uniform(0.05, 0.8) if self.restless and not self.world.stopping else 1e9)
            while (self.client.closed is None and not self.world.finished
                   and asyncio.get_running_loop().time() < until):
                self.wake.clear()
                try:
                    await asyncio.wait_for(self.wake.wait(), 0.1)
                except asyncio.TimeoutError:
                    pass
            self.client.abort()
            if self.refused:
                self.refused = False
                await asyncio.sleep(0.05)

    def subscribe(self):
        fields = {"type": "subscribe", "id": 1, "room": self.room, "after_seq": self.cursor}
        if self.epoch is not None:
            fields["epoch"] = self.epoch
        self.world.journal.add("subscribe", sub=self.name, conn=self.conn, room=self.room,
                               after=self.cursor)
        self.client.send({"type": "join", "room": self.room, "cid": "join-" + self.user}, fields)

    def on_object(self, frame):
        kind = frame["type"]
        if kind == "event":
            self.world.journal.add("event", sub=self.name, conn=self.conn, **event_fields(frame))
            self.position.took(frame["seq"])
        elif kind == "subscribed":
            self.epoch = frame["epoch"]
        elif kind == "live":
            self.world.journal.add("live", sub=self.name, conn=self.conn, room=self.room,
                                   seq=frame["seq"])
        elif kind == "ack":  # of its join: takes the place of that event, as every own ack does
            self.world.journal.add("ack", room=self.room, user=self.user, cid=frame["cid"],
                                   seq=frame["seq"], offset=frame["offset"], ts=frame["ts"],
                                   duplicate=frame["duplicate"], sub=self.name, conn=self.conn)
            self.position.took(frame["seq"])
        elif kind == "error":
            if frame["code"] not in TEMPORARY | {"not_member"}:
                self.world.protocol_error(f"{self.name}: {frame}")
            self.client.abort()  # and once more, in a moment
            self.refused = True
            self.wake.set()
