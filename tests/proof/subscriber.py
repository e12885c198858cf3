"""The readers of a proof run: they follow a room from its first event over as many connections as it
takes."""
import asyncio

from journal import event_fields
from world import TEMPORARY, Position


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
        random, left = self.world.random, None
        while not self.world.finished:
            connected = await self.world.connect(self.user, self.on_object, lambda _: self.wake.set(),
                                                 left=left)
            if connected is None:
                continue
            self.client, self.conn = connected
            left = self.client.place
            self.cursor = position = self.position.value
            if self.restless and random.random() < 0.8:
                back = random.choice([100, 400, 400, 3000])
                self.cursor = random.randint(max(0, position - back), position)
            self.subscribe()
            until = asyncio.get_running_loop().time() + self.stays()
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

    def stays(self):
        """Seconds on one connection."""
        if self.restless and not self.world.stopping:
            return self.world.random.uniform(0.05, 0.8)
        return self.world.random.uniform(1, 8) if self.world.moves else float("inf")

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
