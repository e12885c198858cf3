"""What the people of a proof run share: where the servers are, and the journal that everything they do
and are told goes into."""
import asyncio

from server_process import token
from ws_client import Closed, WsClient

# Refusals that pass by themselves: the same cid is sent again.
TEMPORARY = {"unknown_outcome", "overloaded", "unavailable", "rate_limited", "expired",
             "predecessor_missing", "internal"}


class World:
    """What the people of one run share. `targets`: the ports of the servers that take clients now, by
    the server's name. Where `moves` is set, clients go from one to another as they like, with
    everything that they have open."""

    def __init__(self, journal, secret, random):
        self.journal, self.secret, self.random = journal, secret, random
        self.targets = {}
        self.moves = False
        self.stopping = False   # make nothing new, finish what is open
        self.finished = False   # go home
        self.connections = 0
        self.attempts = 0
        self.moved = 0
        self.kills = 0          # of servers
        self.trouble = []       # protocol errors, which are violations by themselves

    def choose(self, place, left):
        """Where to go: to `place` if it is given, else to any but the one that was left, if there is
        another. None where no server is to be had."""
        if place is not None:
            return place if place in self.targets else None
        others = [name for name in self.targets if name != left] or list(self.targets)
        return self.random.choice(others) if others else None

    async def connect(self, user, on_object, on_close, place=None, left=None):
        """A client whose token was taken, and its number; None when that did not work out. The client's
        `place` is the server's name."""
        place = self.choose(place, left)
        if place is None:
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
            client = await WsClient.connect("127.0.0.1", self.targets[place], token(self.secret, user),
                                            first, closed)
            client.place = place
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
