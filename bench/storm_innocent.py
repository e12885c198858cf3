"""Eight people who chat within the default limits, and what they have to wait for: the innocent side of bench/storm.

  storm_innocent.py HOST PORT SECONDS SECRET      prints one JSON object: milliseconds by operation, and errors
"""
import asyncio
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "proof"))
from server_process import token  # noqa: E402
from ws_client import Closed, Session  # noqa: E402

PEOPLE = [f"bob{i}" for i in range(8)]
ROOM = "quiet"
TURN_S = 0.8        # one send, one page, one ping each; below 100 messages a minute
ANSWER_WITHIN_S = 20


class Times:
    def __init__(self):
        self.of = {name: [] for name in ("ack", "delivery", "history", "ping", "connect")}
        self.errors = []

    async def take(self, name, asked):
        begun = time.perf_counter()
        try:
            reply = await asked
        except (Closed, asyncio.TimeoutError, OSError) as e:
            self.errors.append(f"{name}: {type(e).__name__} {e}")
            return None
        self.of[name].append((time.perf_counter() - begun) * 1000)
        if isinstance(reply, dict) and reply["type"] == "error":
            self.errors.append(f"{name}: {reply['code']} {reply['message']}")
        return reply


class Deliveries(list):
    """Events of the subscriber, with the time at which they came; the texts are the times of sending."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def append(self, frame):
        if frame["type"] == "event" and frame.get("kind") == "message" and frame["room"] == ROOM:
            self.times.of["delivery"].append((time.perf_counter() - float(frame["text"])) * 1000)


async def person(session, name, until, times):
    await asyncio.sleep(PEOPLE.index(name) * TURN_S / len(PEOPLE))
    turn = 0
    while time.monotonic() < until:
        turn += 1
        begun = time.monotonic()
        await times.take("ack", session.ask(timeout=ANSWER_WITHIN_S, type="send", room=ROOM,
                                            cid=f"{os.getpid()}-{name}-{turn}", text=repr(time.perf_counter())))
        await times.take("history", session.ask(timeout=ANSWER_WITHIN_S, type="history", room=ROOM, limit=50))
        await times.take("ping", session.ask(timeout=ANSWER_WITHIN_S, type="ping"))
        await asyncio.sleep(max(0, begun + TURN_S - time.monotonic()))


async def newcomer(host, port, secret, until, times):
    """Somebody connects anew once a second."""
    while time.monotonic() < until:
        begun = time.monotonic()
        session = await times.take("connect", Session.open(host, port, token(secret, "carol", scope="")))
        if session is not None:
            session.close()
        await asyncio.sleep(max(0, begun + 1 - time.monotonic()))


async def run(host, port, seconds, secret):
    times = Times()
    sessions = {name: await Session.open(host, port, token(secret, name, scope="")) for name in PEOPLE}
    reader = await Session.open(host, port, token(secret, "eve", scope=""))
    reader.events = Deliveries(times)
    for name in PEOPLE + ["eve"]:
        session = sessions.get(name, reader)
        await session.ask(type="join", room=ROOM, cid="join")
    await reader.ask(type="subscribe", room=ROOM)
    until = time.monotonic() + seconds
    await asyncio.gather(newcomer(host, port, secret, until, times),
                         *(person(sessions[name], name, until, times) for name in PEOPLE))
    return {"ms": times.of, "errors": times.errors}


def main():
    host, port, seconds, secret = sys.argv[1:]
    try:  # its own waiting for a processor is no delay of the server's
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        pass
    print(json.dumps(asyncio.run(run(host, int(port), float(seconds), bytes.fromhex(secret)))))


if __name__ == "__main__":
    main()
