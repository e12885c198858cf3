"""The writers of a proof run: they never give up a cid unless they were told that nothing will come of
it."""
import asyncio

from world import TEMPORARY, Position

# Of the temporary refusals, the ones that say that this attempt has done and will do nothing.
DEFINITE = {"overloaded", "unavailable", "rate_limited", "expired", "predecessor_missing"}
ODD_TEXTS = ["\u00e9\u4e2d\U0001f600", "line\nbreak\ttab\r", "\\\"</script>\u2028\u2029", " ",
             "x" * 4000, "\x01\x1f\x7f\x80", "a\u0301\u202e", "\U0010ffff"]


class Command:
    """One cid, from when it is made until its verdict is known."""

    def __init__(self, fields, after=None):
        self.fields, self.after = fields, after
        self.seq = None      # of its ack
        self.refused = None  # code, for good
        self.attempts = 0    # that have no answer yet
        self.doubtful = False  # an attempt ended without one, or with unknown_outcome

    @property
    def cid(self):
        return self.fields["cid"]

    def settled(self):
        return self.seq is not None or self.refused is not None


class Writer:
    """A user who writes in one room. `twins`: as many connections at once, all of which send the same
    commands. `window`: how many commands are open at once, each naming the one before as after_cid.
    `follows`: the first connection also subscribes. `place`: stays at this server."""

    def __init__(self, world, user, room, twins=1, window=1, follows=False, pause_max=0.01, place=None):
        self.world, self.user, self.room, self.place = world, user, room, place
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
            if self.world.stopping or len(self.queue) >= self.window or not self.world.targets:
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

    def acknowledged(self, command, frame, conn, at, also_follows):
        places = {"sub": self.user, "conn": conn} if also_follows else {}
        self.world.journal.add("ack", room=self.room, user=self.user, cid=frame["cid"],
                               seq=frame["seq"], offset=frame["offset"], ts=frame["ts"],
                               duplicate=frame["duplicate"], at=at, **places)
        if command.seq is None:
            command.seq = frame["seq"]
            self.done.append(command)
            if command in self.queue:
                self.queue.remove(command)
        self.wake()

    def refused(self, command, code):
        """For good, and with it what can only be accepted after it."""
        if command.settled():
            return
        command.refused = code
        self.world.journal.add("refused", room=self.room, user=self.user, cid=command.cid, code=code)
        if command in self.queue:  # not one that was only asked for again
            self.queue.remove(command)
        # What named it can only be accepted without it. Where no server has heard of such a command yet,
        # or all have refused it, it goes on as a new one would; else its cid must not be there in the end.
        for other in list(self.queue):
            if other.after != command.cid:
                continue
            if other.attempts or other.doubtful:
                self.refused(other, "predecessor_missing")
            else:
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
        left = None
        while not self.world.finished:
            self.open, self.later = {}, {}
            connected = await self.world.connect(self.writer.user, self.on_object, self.on_close,
                                                 self.writer.place, left)
            if connected is None:
                continue
            self.client, self.conn = connected
            left = self.client.place
            self.subscribed = False
            if self.follows and any(c.fields["type"] == "join" for c in self.writer.done):
                self.subscribe()
            self.ask_again()
            until = self.stays_until()
            while self.client.closed is None and not self.world.finished:
                self.pump()
                self.wake.clear()
                try:
                    await asyncio.wait_for(self.wake.wait(), 0.05)
                except asyncio.TimeoutError:
                    pass
                if asyncio.get_running_loop().time() > until:
                    self.world.moved += 1
                    break
            self.client.abort()
            self.without_answer()

    def stays_until(self):
        world = self.world
        if not world.moves or self.writer.place is not None:
            return float("inf")
        stay = world.random.choice([0.3, 1, 4]) * world.random.uniform(0.5, 1.5)
        return asyncio.get_running_loop().time() + stay

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
        command.attempts += 1
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
        command.attempts -= 1
        if frame["type"] == "ack":
            if command.fields.get("text") == "other content":
                self.world.protocol_error(f"other content was acknowledged: {frame}")
            elif frame.get("cid") != command.cid:
                self.world.protocol_error(f"asked for {command.cid}, got {frame}")
            else:
                self.writer.acknowledged(command, frame, self.conn, self.client.place, self.follows)
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
                command.doubtful = True
                self.world.journal.add("lost", room=writer.room, user=writer.user, cid=command.cid)
            if self.gives_up(command, code):
                writer.refused(command, code)
            wait = frame.get("retry_after_ms", 50) / 1000
            self.later[command.cid] = asyncio.get_running_loop().time() + wait
        elif code == "message_too_long" and len(command.fields.get("text", "")) > 4000:
            writer.refused(command, code)
        else:
            self.world.protocol_error(f"{writer.user}: {command.fields} was refused: {frame}")
            writer.refused(command, code)
        self.wake.set()

    def gives_up(self, command, code):
        """Some take a refusal at its word and never send the cid again: it must not be there in the
        end. Only where every attempt was refused, and nothing else builds on this command."""
        return (code in DEFINITE and command.fields["type"] == "send" and command in self.writer.queue
                and command.attempts == 0 and not command.doubtful
                and not any(other.after == command.cid for other in self.writer.queue)
                and self.world.random.random() < 0.3)

    def on_close(self, why):
        self.without_answer()
        self.wake.set()

    def without_answer(self):
        for command in self.open.values():
            command.attempts -= 1
            command.doubtful = True
            if not command.settled():
                self.world.journal.add("lost", room=self.writer.room, user=self.writer.user,
                                       cid=command.cid)
        self.open = {}
