"""What the proof runs have in common: the rooms, the people in them, the quiet end at which every
command gets its answer, the reading back at each server, and the report."""
import asyncio
import os
import shutil
import subprocess
import sys
import time

import check
import journal as journals
from chat_load import Writer
from server_process import StartFailed, environment, token
from subscriber import Subscriber
from ws_client import Session

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kafka"))
from cluster import Cluster


SMALL_TAILS = ["--set", "limits.room_tail_bytes=8KiB", "--set", "limits.page_bytes=4KiB"]


def vary(server, world):
    """Every other start keeps so little of a room in memory that most of what subscribers get comes from
    pages, and goes over to live again and again."""
    server.draw_options = lambda: SMALL_TAILS if world.random.random() < 0.5 else []


def kafka(directory, brokers, binary, partitions=6):
    """Real brokers that end with this process, with roomlog's topics, and what `serve` has to be told."""
    cluster = Cluster.made(os.path.join(directory, "kafka"), count=brokers, tied=True)
    unsafe = [] if brokers == 3 else ["--allow-unsafe-topic"]
    where = ["--kafka", cluster.bootstrap(), *unsafe]
    made = subprocess.run([binary, "topics", "create", *where, "--partitions", str(partitions),
                           "--replication-factor", str(brokers)],
                          check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
    if made.returncode != 0:
        raise RuntimeError(f"topics create ended with {made.returncode}: {made.stderr}")
    return cluster, ["--log", "kafka", *where]


def people(world):
    """Two rooms with every kind of writer, a busy one, and one that is mostly read."""
    writers, subscribers = [], []
    for room in ("alpha", "beta"):
        writers += [Writer(world, f"{room}-single", room),
                    Writer(world, f"{room}-twins", room, twins=2),
                    Writer(world, f"{room}-pipeline", room, window=16),
                    Writer(world, f"{room}-mixed", room, window=4, follows=True)]
        subscribers += [Subscriber(world, f"{room}-steady", f"{room}-reader-1", room),
                        Subscriber(world, f"{room}-restless", f"{room}-reader-2", room, restless=True)]
    writers += [Writer(world, "busy-a", "busy", window=32, pause_max=0.004),
                Writer(world, "busy-b", "busy", window=32, twins=2, pause_max=0.02)]
    subscribers += [Subscriber(world, f"busy-restless-{n}", f"busy-reader-{n}", "busy", restless=True)
                    for n in range(3)]
    writers += [Writer(world, "slow", "quiet", pause_max=0.2)]
    subscribers += [Subscriber(world, "quiet-steady", "quiet-reader", "quiet")]
    return writers, subscribers


def residents(world, servers):
    """In every room somebody who writes at this server alone: whoever asks when a server acknowledges
    again asks them."""
    return [Writer(world, f"{room}-at-{server.name}", room, pause_max=0.3, place=server.name)
            for server in servers for room in ROOMS]


ROOMS = ("alpha", "beta", "busy", "quiet")


def all_alive(servers):
    for server in servers:
        if not server.alive():
            raise StartFailed(f"{server.name} ended by itself\n{server.last_diagnostics()}")


async def make_rooms(server, world):
    session = await Session.open("127.0.0.1", server.port, token(world.secret, "owner"))
    for room in ROOMS:
        cid = f"create-{room}"
        world.journal.add("send", room=room, user="owner", cid=cid, kind="create", text=None)
        ack = await session.ask(type="create", room=room, cid=cid, public=True)
        if ack["type"] != "ack":
            raise RuntimeError(f"cannot make {room}: {ack}")
        world.journal.add("ack", room=room, user="owner", cid=cid, seq=ack["seq"],
                          offset=ack["offset"], ts=ack["ts"], duplicate=ack["duplicate"])
    session.close()


async def settle(servers, world, writers, subscribers, patience):
    """No new messages; every open cid gets its verdict; everybody catches up."""
    world.stopping = True
    deadline = time.monotonic() + patience

    def behind():
        heads = {room: max([c.seq for w in writers if w.room == room for c in w.done], default=0)
                 for room in ROOMS}
        writing = [f"{w.user} has {len(w.queue)} open" for w in writers if w.queue]
        return writing + [f"{s.name} is at {s.position.value} of {heads[s.room]}"
                          for s in subscribers if s.position.value < heads[s.room]]
    while behind() and not world.hopeless():
        all_alive(servers)
        if time.monotonic() > deadline:
            for text in behind():
                world.protocol_error("never settled: " + text)
            break
        await asyncio.sleep(0.05)
    for writer in writers:
        if writer.lines[0].follows:
            world.journal.add("head", sub=writer.user, room=writer.room)
    for subscriber in subscribers:
        world.journal.add("head", sub=subscriber.name, room=subscriber.room)
    world.finished = True


async def read_back(servers, world, name):
    """At every server; backwards, too, at one of them."""
    for server in servers:
        session = await Session.open("127.0.0.1", server.port, token(world.secret, "owner"))
        ways = {"forwards": session.history}
        if server is servers[-1]:
            ways["backwards"] = session.history_backwards
        for room in ROOMS:
            for way, read in ways.items():
                world.journal.add("page", read=f"{name} at {server.name} {way}", room=room,
                                  events=[journals.event_fields({"room": room, **e})
                                          for e in await read(room)])
        session.close()


async def with_people(servers, world, disturb, patience):
    """People write and follow while `disturb` (a coroutine) goes on; then everything is settled, within
    `patience` seconds, and read back twice, with a kill of every server in between. The servers run."""
    await make_rooms(servers[0], world)
    writers, subscribers = people(world)
    if world.moves:
        writers += residents(world, servers)
    tasks = [asyncio.ensure_future(p.run()) for p in writers + subscribers]
    try:
        await disturb
        await settle(servers, world, writers, subscribers, patience)
        done, _ = await asyncio.wait(tasks, timeout=10)
        for task in done:
            task.result()
        await read_back(servers, world, "reader")
        for server in servers:
            server.kill()
            world.kills += 1
        for server in servers:
            await asyncio.get_running_loop().run_in_executor(None, server.start)
        await read_back(servers, world, "reader after one more kill")
    finally:
        world.finished = True
        left = set(tasks)
        while left:  # wait_for() may swallow a cancellation
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.2)


def report(world, servers, checker, began, what):
    figures = checker.figures
    starts = sorted(t for server in servers for t in server.ready_times) or [0.0]
    moved = f"moved to another server {world.moved}, " if world.moves else ""
    print(f"{what}, kills {world.kills}, {moved}sends {figures['sends']}, "
          f"attempts {world.attempts}, acked {figures['acked']}, duplicates {figures['duplicates']}, "
          f"unknown {figures['unknown']}, refused {figures['refused']}, "
          f"subscriptions {figures['subscriptions']}, events checked {figures['events']}, "
          f"history entries checked {figures['history']}, "
          f"ready after {starts[len(starts) // 2]:.2f} s (most {starts[-1]:.2f} s), "
          f"violations {len(checker.violations)}, {time.monotonic() - began:.0f} s")
    for text in checker.violations[:check.SHOWN_MAX]:
        print("VIOLATION " + text[:400])


def go(world, servers, coroutine):
    """Runs it to its end; whatever breaks it off is trouble like every other. The servers are killed."""
    try:
        asyncio.run(coroutine)
    except Exception as trouble:  # a proof that did not come to its end is none
        world.protocol_error(f"the run broke off: {type(trouble).__name__} {trouble}")
    finally:
        for server in servers:
            server.kill()
        world.journal.close()


def judge(world, servers, directory, began, what, keep):
    """Lets the checker read the journal, prints its verdict and clears up. 0 where nothing is wrong."""
    path = os.path.join(directory, "journal.jsonl")
    checker = check.check(journals.read(path))
    checker.violations = ["protocol: " + t for t in world.trouble[:15]] + checker.violations
    report(world, servers, checker, began, what)
    if keep or checker.violations:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return 1 if checker.violations else 0
