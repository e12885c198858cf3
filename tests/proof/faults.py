"""What is broken under the people of broker_test: brokers in turn, by a plan, and meanwhile servers, as chance
has it. Knows how long it took after each fault until acks came again, from every server in every room."""
import asyncio
import signal
import time

import campaign
import journal as journals
from server_process import StartFailed

RECOVERY_MAX = 60
IN_FLIGHT = 0.5  # what was on its way when the fault came may still be acknowledged
NOT_NOW = 4      # a start's exit code when brokers do not answer: to be tried again


class WatchedJournal(journals.Journal):
    """Knows when each room had its last ack of something new, at each server."""

    def __init__(self, path):
        super().__init__(path)
        self.last_ack = {}

    def add(self, o, **fields):
        super().add(o, **fields)
        if o == "ack" and not fields["duplicate"] and "at" in fields:
            self.last_ack[fields["room"], fields["at"]] = time.monotonic()


async def blocking(call, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, call, *arguments)


class Recoveries:
    """How long each fault was felt."""

    def __init__(self, world):
        self.world, self.times = world, {}

    async def seen(self, fault, since, names, news_after):
        """Waits until each of these servers has acknowledged something in every room later than
        `news_after`; the time counts from `since`. Servers that are broken meanwhile are not waited for."""
        acks = self.world.journal.last_ack
        while not all(acks.get((room, name), 0) > news_after
                      for room in campaign.ROOMS for name in names() if name in self.world.targets):
            if time.monotonic() > since + RECOVERY_MAX:
                self.world.protocol_error(f"no acks for {RECOVERY_MAX} s after: {fault}")
                return
            await asyncio.sleep(0.02)
        self.times.setdefault(fault, []).append(time.monotonic() - since)

    def report(self):
        for fault, times in self.times.items():
            times.sort()
            print(f"acks in every room again, after {fault}: {len(times)} times, "
                  f"middle {times[len(times) // 2]:.1f} s, most {times[-1]:.1f} s")


class ServerFaults:
    """Kills servers with -9, also while they start, or stops them for some seconds, one at a time."""

    def __init__(self, servers, world, recoveries):
        self.servers, self.world, self.recoveries = servers, world, recoveries
        self.up_since = {}
        self.enough, self.pauses_allowed, self.paused = False, True, False
        self.pauses = self.turned_away = 0

    def steady_since(self, moment):
        """The servers that have been there since before this moment."""
        return [name for name in self.world.targets if self.up_since[name] < moment]

    async def start(self, server, may_die=False):
        """Ready, as a service manager would have it: with brokers away, a start is tried again."""
        random = self.world.random
        while True:
            server.spawn()
            if may_die and random.random() < 0.2:
                await asyncio.sleep(random.uniform(0, 0.5))
                server.kill()
                self.world.kills += 1
                continue
            try:
                await blocking(server.wait_ready)
                break
            except StartFailed:
                if server.process.poll() != NOT_NOW:
                    raise
                server.kill()
                self.turned_away += 1
        self.take_in(server)

    def take_in(self, server):
        self.up_since[server.name] = time.monotonic()
        self.world.targets[server.name] = server.port

    async def kill(self, server):
        del self.world.targets[server.name]
        server.kill()
        self.world.kills += 1
        await asyncio.sleep(self.world.random.uniform(0, 1))
        since = time.monotonic()
        await self.start(server, may_die=True)
        await self.recoveries.seen("a server that had been killed was started", since,
                                   lambda: [server.name], self.up_since[server.name])

    async def pause(self, server):
        self.paused = True
        del self.world.targets[server.name]
        server.signal(signal.SIGSTOP)
        await asyncio.sleep(self.world.random.uniform(0.5, 7))
        since = time.monotonic()
        server.signal(signal.SIGCONT)
        self.take_in(server)
        self.paused, self.pauses = False, self.pauses + 1
        await self.recoveries.seen("a stopped server went on", since, lambda: [server.name],
                                   since + IN_FLIGHT)

    async def no_pauses(self):
        """What a stopped server acknowledges when it goes on may be older than it seems."""
        self.pauses_allowed = False
        while self.paused:
            await asyncio.sleep(0.05)

    async def run(self):
        """Until `enough`; then all are up."""
        random = self.world.random
        while True:
            until = time.monotonic() + random.uniform(0.5, 4)
            while time.monotonic() < until and not self.enough:
                await asyncio.sleep(0.05)
            if self.enough or self.world.hopeless():
                return
            server = random.choice(self.servers)
            if self.pauses_allowed and random.random() < 0.25:
                await self.pause(server)
            else:
                await self.kill(server)


class BrokerFaults:
    def __init__(self, cluster, servers, recoveries):
        self.cluster, self.servers, self.recoveries = cluster, servers, recoveries
        self.world = servers.world
        self.victim = 0

    def next_victim(self):
        """In turn: each leads a share of the partitions once the others have come back."""
        self.victim = self.victim % 3 + 1
        return self.victim

    async def rest(self):
        await asyncio.sleep(self.world.random.uniform(0.5, 1.5))

    async def recovered(self, fault, since):
        await self.recoveries.seen(fault, since, lambda: self.servers.steady_since(since),
                                   since + IN_FLIGHT)

    async def kill(self):
        victim = self.next_victim()
        since = time.monotonic()
        await blocking(self.cluster.kill, victim)
        await self.recovered("a broker was killed", since)
        self.cluster.start(victim)
        await blocking(self.cluster.wait)
        await self.rest()

    async def pause(self):
        victim = self.next_victim()
        since = time.monotonic()
        self.cluster.pause(victim)
        await self.recovered("a broker was stopped", since)
        await asyncio.sleep(self.world.random.uniform(0, 6))
        self.cluster.proceed(victim)
        await blocking(self.cluster.wait)
        await self.rest()

    async def down(self, which, seconds, fault):
        await self.servers.no_pauses()
        for number in which:
            await blocking(self.cluster.kill, number)
        await asyncio.sleep(4 * IN_FLIGHT)
        before = dict(self.world.journal.last_ack)
        await asyncio.sleep(seconds)
        if self.world.journal.last_ack != before:
            self.world.protocol_error(f"acknowledged while {fault}")
        since = time.monotonic()
        for number in which:
            self.cluster.start(number)
        await blocking(self.cluster.wait)
        await self.recovered(fault, since)
        self.servers.pauses_allowed = True
        await self.rest()

    async def run(self, given):
        await self.rest()
        for _ in range(given.kills):
            await self.kill()
        for _ in range(given.pauses):
            await self.pause()
        if given.minority:
            await self.down([1, 2], given.minority, "one broker of three was up")
        if given.outage:
            await self.down([1, 2, 3], given.outage, "all brokers were down")
