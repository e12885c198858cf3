"""The journal of a proof run: what clients asked for and were told, one JSON object a line.

`o` says what was observed, in the order in which it was:

  send      room user cid kind text after   a command was made (once, however often it is sent)
  ack       room user cid seq offset ts duplicate [at] [sub conn]   an answer; `at`: the server that
                                            gave it; `sub`, `conn`: on a connection that also has a
                                            subscription
  refused   room user cid code              refused for good: it must never be seen
  conflict  room user cid seq               the cid was sent again with other content
  lost      room user cid                   no answer came, or unknown_outcome
  subscribe sub conn room after             a subscription from after this seq; `conn` is new each time
  event     sub conn room seq offset ts kind actor cid text
  live      sub conn room seq
  page      read room events                part of the final history, in order; `read` names the reading
  head      sub room                        this subscriber has to have seen everything from the first
  note      …                               for people
"""
import json


class Journal:
    """Appends to a file, and counts by kind."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8", buffering=1 << 20)
        self.counts = {}

    def add(self, o, **fields):
        self.counts[o] = self.counts.get(o, 0) + 1
        self.file.write(json.dumps({"o": o, **fields}, ensure_ascii=False,
                                   separators=(",", ":")) + "\n")

    def event(self, frame, sub, conn):
        self.add("event", sub=sub, conn=conn, **event_fields(frame))

    def close(self):
        self.file.close()


def event_fields(frame):
    """What of an event the checker compares."""
    kept = {name: frame.get(name) for name in ("room", "seq", "offset", "ts", "kind", "actor")}
    kept["cid"], kept["text"] = frame.get("cid"), frame.get("text")
    return kept


def read(path):
    with open(path, encoding="utf-8") as file:
        # Not splitlines(): texts may hold U+2028 and others that it takes for line ends.
        for line in file:
            if line.strip():
                yield json.loads(line)
