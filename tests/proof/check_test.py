#!/usr/bin/env python3
"""The checker against small journals made by hand: a good one has no violation, and every way in
which it can be bad is seen and named."""
import copy
import unittest

import check


def event(n, **changes):
    fields = {"room": "r", "seq": n, "offset": 10 + 2 * n, "kind": "message", "actor": "ann",
              "ts": f"2026-03-01T00:00:00.{n:06}Z", "cid": f"c{n}", "text": f"text {n}"}
    return {**fields, **changes}


def send(n, **changes):
    return {"o": "send", "room": "r", "user": "ann", "cid": f"c{n}", "kind": "message",
            "text": f"text {n}", **changes}


def ack(n, **changes):
    e = event(n)
    return {"o": "ack", "room": "r", "user": "ann", "cid": f"c{n}", "seq": n, "offset": e["offset"],
            "ts": e["ts"], "duplicate": False, **changes}


def pushed(seq, sub="s", conn=1, **changes):
    return {"o": "event", "sub": sub, "conn": conn, **event(seq, **changes)}


def subscribe(after, sub="s", conn=1):
    return {"o": "subscribe", "sub": sub, "conn": conn, "room": "r", "after": after}


def page(*events, read="one"):
    return {"o": "page", "read": read, "room": "r", "events": list(events)}


GOOD = [
    subscribe(0), send(1), send(2, after="c1"), send(3), ack(1), pushed(1), ack(2), pushed(2),
    ack(2, duplicate=True), {"o": "lost", "room": "r", "user": "ann", "cid": "c3"},
    subscribe(1, conn=2), pushed(2, conn=2), pushed(3, conn=2), ack(3, duplicate=True),
    {"o": "live", "sub": "s", "conn": 2, "room": "r", "seq": 3},
    {"o": "head", "sub": "s", "room": "r"}, page(event(1), event(2)), page(event(3)),
]


class CheckTest(unittest.TestCase):
    def rules(self, journal):
        return {text.split(":")[0] for text in check.check(journal).violations}

    def bad(self, rule, change):
        journal = copy.deepcopy(GOOD)
        change(journal)
        self.assertIn(rule, self.rules(journal))

    def replaced_page(self, *events):
        def change(journal):
            journal[-2:] = [page(*events)]
        return change

    def test_good_journal_has_no_violation(self):
        checker = check.check(GOOD)
        self.assertEqual(checker.violations, [])
        self.assertEqual(checker.figures["acked"], 3)
        self.assertEqual(checker.figures["duplicates"], 2)
        self.assertEqual(checker.figures["unknown"], 1)

    def test_message_that_was_made_after_an_ack_comes_after_it(self):
        def change(journal):
            first = journal.index(send(1))
            journal.remove(ack(2))
            journal.insert(first, ack(2, user="bob", cid="b2"))
        self.bad("reordered", change)

    def test_acknowledged_message_that_is_not_there_is_lost(self):
        self.bad("lost", self.replaced_page(event(1), event(2)))

    def test_seq_given_to_another_message_is_lost(self):
        self.bad("lost", self.replaced_page(event(1), event(3, seq=2), event(3)))

    def test_acknowledged_offset_or_time_that_is_not_the_stored_one_is_lost(self):
        self.bad("lost", lambda j: j.__setitem__(4, ack(1, offset=99)))
        self.bad("lost", lambda j: j.__setitem__(4, ack(1, ts="2026-03-01T00:00:00.000009Z")))

    def test_message_that_is_there_twice_is_doubled(self):
        self.bad("doubled", self.replaced_page(event(1), event(2), event(3), event(4, cid="c1")))

    def test_gap_in_seqs_is_seen(self):
        self.bad("seq", self.replaced_page(event(1), event(3)))

    def test_history_out_of_order_is_seen(self):
        self.bad("seq", self.replaced_page(event(2), event(1), event(3)))

    def test_changed_text_is_seen(self):
        self.bad("changed", self.replaced_page(event(1), event(2), event(3, text="Text 3")))

    def test_message_of_nobody_is_invented(self):
        self.bad("invented", self.replaced_page(event(1), event(2), event(3), event(4)))

    def test_time_that_does_not_grow_is_seen(self):
        self.bad("time", self.replaced_page(event(1), event(2, ts=event(1)["ts"]), event(3)))
        self.bad("time", self.replaced_page(event(1, ts="yesterday"), event(2), event(3)))

    def test_offset_that_does_not_grow_is_seen(self):
        self.bad("offset", self.replaced_page(event(1), event(2, offset=12), event(3)))

    def test_two_acks_of_one_cid_that_disagree_are_seen(self):
        self.bad("ack changed", lambda j: j.append(ack(2, seq=3)))
        self.bad("ack changed", lambda j: j.append(ack(2, ts="2026-03-01T00:00:01.000000Z")))

    def test_refused_message_that_is_there_is_seen(self):
        self.bad("refused but there", lambda j: j.insert(
            9, {"o": "refused", "room": "r", "user": "ann", "cid": "c3", "code": "x"}))

    def test_order_of_after_cid_is_checked(self):
        self.bad("reordered", lambda j: j.__setitem__(1, send(1, after="c2")))

    def test_conflict_that_names_another_seq_is_seen(self):
        self.bad("conflict", lambda j: j.insert(
            9, {"o": "conflict", "room": "r", "user": "ann", "cid": "c1", "seq": 2}))

    def test_hole_in_a_subscription_is_seen(self):
        self.bad("hole", lambda j: j.pop(11))

    def test_subscriber_that_never_got_the_end_has_a_hole(self):
        self.bad("hole", lambda j: j.pop(12))

    def test_event_that_comes_twice_or_late_is_reordered(self):
        self.bad("reordered", lambda j: j.insert(8, pushed(2)))
        self.bad("reordered", lambda j: j.insert(8, pushed(1)))

    def test_event_below_the_cursor_is_reordered(self):
        self.bad("reordered", lambda j: j.insert(11, pushed(1, conn=2)))

    def test_subscribers_that_saw_different_things_are_seen(self):
        self.bad("differs", lambda j: j.__setitem__(11, pushed(2, conn=2, text="other")))
        self.bad("differs", lambda j: j.__setitem__(11, pushed(2, conn=2, actor="bob")))
        self.bad("differs", lambda j: j.__setitem__(11, pushed(2, conn=2, offset=1)))

    def test_two_readings_of_the_history_that_differ_are_seen(self):
        self.bad("differs", lambda j: j.append(
            page(event(1), event(2), event(3, text="x"), read="two")))

    def test_live_before_the_backlog_is_through_is_seen(self):
        self.bad("live", lambda j: j.insert(
            11, {"o": "live", "sub": "s", "conn": 2, "room": "r", "seq": 3}))

    def test_live_twice_is_seen(self):
        self.bad("live", lambda j: j.insert(15, j[14]))

    def test_own_ack_fills_the_place_of_its_event(self):
        own = ack(2, sub="w", conn=1)
        tail = [{"o": "head", "sub": "w", "room": "r"}]
        good = [subscribe(0, "w"), pushed(1, "w"), own, pushed(3, "w"), *tail]
        self.assertEqual(self.rules(GOOD + good), set())
        early = [subscribe(0, "w"), pushed(1, "w"), pushed(3, "w"), own, *tail]
        self.assertEqual(self.rules(GOOD + early), {"hole"})

    def test_journal_without_a_history_is_no_proof(self):
        self.assertIn("journal", self.rules(GOOD[:-2]))


if __name__ == "__main__":
    unittest.main()
