#!/usr/bin/env python3
"""Reads the journal of a proof run and decides whether the server kept its promise: nothing
acknowledged is lost, doubled, reordered or changed, and every subscriber saw the same, in order,
without a hole.

    check.py JOURNAL [--json]      exit 0: no violation; 1: violations, each named on stdout

It shares no code with the server, and knows nothing of how the journal came about (journal.py has
the form).
"""
import argparse
import json
import re
import sys

import journal

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
SHOWN_MAX = 40


class Checker:
    def __init__(self):
        self.violations = []
        self.sends = {}      # (room, user, cid) -> send
        self.acks = {}       # (room, user, cid) -> first ack
        self.acked_up_to = {}  # room -> highest seq acknowledged so far, to whomever
        self.follows = {}    # (room, user, cid) -> that seq when the message was made
        self.refused = {}    # (room, user, cid) -> code
        self.conflicts = []
        self.history = {}    # read -> room -> [event]
        self.events = {}     # room -> seq -> first observed fields
        self.streams = {}    # (sub, conn, room) -> Stream
        self.seen = {}       # (sub, room) -> set of seqs
        self.heads = []
        self.figures = {"sends": 0, "acked": 0, "acks": 0, "duplicates": 0, "refused": 0,
                        "unknown": 0, "subscriptions": 0, "events": 0, "history": 0}

    def bad(self, rule, text):
        self.violations.append(f"{rule}: {text}")

    def take(self, o):
        handler = getattr(self, "take_" + o["o"], None)
        if handler is None:
            self.bad("journal", f"unknown observation {o['o']!r}")
        else:
            handler(o)

    def take_note(self, o):
        pass

    def take_send(self, o):
        key = (o["room"], o["user"], o["cid"])
        if key in self.sends:
            self.bad("journal", f"{key} was made twice")
        self.sends[key] = o
        if o["kind"] == "message":
            self.follows[key] = self.acked_up_to.get(o["room"], 0)
        self.figures["sends"] += 1

    def take_ack(self, o):
        key = (o["room"], o["user"], o["cid"])
        self.figures["acks"] += 1
        self.figures["duplicates"] += bool(o["duplicate"])
        first = self.acks.setdefault(key, o)
        self.acked_up_to[o["room"]] = max(self.acked_up_to.get(o["room"], 0), o["seq"])
        if first is o:
            self.figures["acked"] += 1
            if o["seq"] <= self.follows.get(key, 0):
                self.bad("reordered", f"{key} is seq {o['seq']}, and was made after seq "
                         f"{self.follows[key]} had been acknowledged")
        elif any(first[f] != o[f] for f in ("seq", "offset", "ts")):
            self.bad("ack changed", f"{key} was seq {first['seq']} offset {first['offset']} "
                     f"{first['ts']}, then seq {o['seq']} offset {o['offset']} {o['ts']}")
        if "sub" in o:
            self.took(o["sub"], o["conn"], o["room"], o["seq"], "ack")

    def take_refused(self, o):
        self.refused[(o["room"], o["user"], o["cid"])] = o["code"]
        self.figures["refused"] += 1

    def take_conflict(self, o):
        self.conflicts.append(o)

    def take_lost(self, o):
        self.figures["unknown"] += 1

    def take_subscribe(self, o):
        self.streams[(o["sub"], o["conn"], o["room"])] = Stream(o["after"])
        self.figures["subscriptions"] += 1

    def take_event(self, o):
        self.figures["events"] += 1
        self.same_as_others(o, f"{o['sub']}, connection {o['conn']}")
        self.took(o["sub"], o["conn"], o["room"], o["seq"], "event")

    def take_live(self, o):
        stream = self.streams.get((o["sub"], o["conn"], o["room"]))
        where = f"{o['sub']} on connection {o['conn']} in {o['room']}"
        if stream is None:
            return self.bad("journal", f"live without a subscription: {where}")
        if stream.live:
            self.bad("live", f"said twice to {where}")
        stream.live = True
        if not stream.covers(o["seq"]):
            self.bad("live", f"{where} was told that everything up to {o['seq']} is through and "
                     f"had only {stream.text()}")

    def take_page(self, o):
        self.history.setdefault(o["read"], {}).setdefault(o["room"], []).extend(o["events"])
        self.figures["history"] += len(o["events"])

    def take_head(self, o):
        self.heads.append(o)

    def took(self, sub, conn, room, seq, how):
        self.seen.setdefault((sub, room), set()).add(seq)
        stream = self.streams.get((sub, conn, room))
        if stream is not None:
            trouble = stream.take(seq, how)
            if trouble:
                self.bad(trouble[0], f"{sub} on connection {conn} in {room}: {trouble[1]}")

    def same_as_others(self, o, who):
        """Whoever shows an event shows it as everybody else does."""
        known = self.events.setdefault(o["room"], {})
        fields = {f: o.get(f) for f in ("offset", "ts", "kind", "actor", "cid", "text")}
        first = known.setdefault(o["seq"], fields)
        for name, value in fields.items():
            if first[name] != value:
                self.bad("differs", f"{o['room']} seq {o['seq']}: {name} is {value!r} for {who}, "
                         f"was {first[name]!r}")

    def finish(self):
        if not self.history:
            self.bad("journal", "there is no final history")
        for read, rooms in self.history.items():
            for room, events in rooms.items():
                self.check_room(read, room, events)
        for read in self.history:
            self.check_acks(read)
        self.check_conflicts()
        for head in self.heads:
            self.check_seen(head)
        return self

    def check_room(self, read, room, events):
        where = f"{room} as read by {read}"
        places = {}
        last_ts, last_offset = "", -1
        for at, event in enumerate(events, 1):
            if event["seq"] != at:
                self.bad("seq", f"{where}: entry {at} has seq {event['seq']}")
                break
        for event in events:
            seq = event["seq"]
            if not TIME.match(event["ts"] or ""):
                self.bad("time", f"{where}: seq {seq} has time {event['ts']!r}")
            if event["ts"] <= last_ts:
                self.bad("time", f"{where}: seq {seq} at {event['ts']} is not after {last_ts}")
            if event["offset"] <= last_offset:
                self.bad("offset", f"{where}: seq {seq} at {event['offset']}, after {last_offset}")
            last_ts, last_offset = event["ts"], event["offset"]
            self.same_as_others({**event, "room": room}, "the history read by " + read)
            self.check_origin(where, room, event, places)

    def check_origin(self, where, room, event, places):
        if event["cid"] is None:
            return
        key = (room, event["actor"], event["cid"])
        if key in places:
            self.bad("doubled", f"{where}: {key} is seq {places[key]} and seq {event['seq']}")
        places[key] = event["seq"]
        if event["kind"] != "message":
            return
        sent = self.sends.get(key)
        if sent is None:
            self.bad("invented", f"{where}: nobody sent {key}, seq {event['seq']}")
        elif sent["text"] != event["text"]:
            self.bad("changed", f"{where}: {key} says {event['text']!r}, sent {sent['text']!r}")
        if key in self.refused:
            self.bad("refused but there", f"{where}: {key} was refused: {self.refused[key]}")

    def check_acks(self, read):
        places = {(room, event["seq"]): event
                  for room, events in self.history[read].items() for event in events}
        for key, ack in self.acks.items():
            room, user, cid = key
            seq = ack["seq"]
            event = places.get((room, seq))
            if event is None or event["cid"] != cid or event["actor"] != user:
                found = None if event is None else (event["actor"], event["cid"])
                self.bad("lost", f"{key} was acknowledged as seq {seq}; {read} has {found} there")
            elif event["offset"] != ack["offset"] or event["ts"] != ack["ts"]:
                self.bad("lost", f"{key} was acknowledged at {ack['offset']} {ack['ts']}; {read} "
                         f"has {event['offset']} {event['ts']}")
        for key, sent in self.sends.items():
            after = sent.get("after")
            if after is None or key not in self.acks:
                continue
            first = self.acks.get((key[0], key[1], after))
            if first is not None and first["seq"] >= self.acks[key]["seq"]:
                self.bad("reordered", f"{key} is seq {self.acks[key]['seq']}, sent after {after}, "
                         f"which is seq {first['seq']}")

    def check_conflicts(self):
        for o in self.conflicts:
            first = self.acks.get((o["room"], o["user"], o["cid"]))
            if first is not None and first["seq"] != o["seq"]:
                self.bad("conflict", f"{o['cid']} conflicts with seq {o['seq']}, it was acknowledged "
                         f"as seq {first['seq']}")

    def check_seen(self, head):
        """From the first to the last, whoever followed the room from its beginning."""
        seen = self.seen.get((head["sub"], head["room"]), set())
        rooms = next(iter(self.history.values()), {})
        missing = [e["seq"] for e in rooms.get(head["room"], []) if e["seq"] not in seen]
        if missing:
            self.bad("hole", f"{head['sub']} never got {len(missing)} of {head['room']}: "
                     f"{missing[:10]} …")


class Stream:
    """One subscription on one connection: events come in order, each once, with nothing between
    them but what was acknowledged on this connection before."""

    def __init__(self, after):
        self.position = after  # everything up to it came as event or ack
        self.ahead = set()     # acknowledged above it
        self.last_event = after
        self.live = False

    def take(self, seq, how):
        trouble = None
        if how == "event":
            if seq <= self.last_event:
                trouble = ("reordered", f"event {seq} came after event {self.last_event}")
            elif not self.covers(seq - 1):
                trouble = ("hole", f"event {seq} came when there was {self.text()}")
            self.last_event = max(self.last_event, seq)
            self.position = max(self.position, seq)
        elif seq > self.position:
            self.ahead.add(seq)
        while self.position + 1 in self.ahead:
            self.position += 1
            self.ahead.remove(self.position)
        self.ahead = {s for s in self.ahead if s > self.position}
        return trouble

    def covers(self, seq):
        return seq <= self.position

    def text(self):
        return f"everything up to {self.position}" + (
            f" and {sorted(self.ahead)[:5]}" if self.ahead else "")


def check(observations):
    """The finished checker over an iterable of observations."""
    checker = Checker()
    for o in observations:
        checker.take(o)
    return checker.finish()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("journal")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    checker = check(journal.read(given.journal))
    if given.json:
        print(json.dumps({**checker.figures, "violations": len(checker.violations),
                          "shown": checker.violations[:SHOWN_MAX]}))
    else:
        print(", ".join(f"{name} {n}" for name, n in checker.figures.items()))
        for text in checker.violations[:SHOWN_MAX]:
            print("VIOLATION " + text)
        print(f"violations {len(checker.violations)}")
    return 1 if checker.violations else 0


if __name__ == "__main__":
    sys.exit(main())
