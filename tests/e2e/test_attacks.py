"""Hostile peers, while a well-behaved one asks for a leaf each 100 ms: he is always answered, no process
of the agent ends, and the server's memory stays bounded. Prints what each attack did to whom.
ATTACKS_SCALE=1 does all of each, by default as much as a minute allows; ATTACKS=name,name does these only."""
import json
import multiprocessing
import os
import statistics
import tempfile
import time
import unittest

import attacks_on_the_gate as gate
import attacks_on_the_server as server
import house
from attacker import LEAF, Field

ASKED = os.environ.get("ATTACKS", "")
SCALE = float(os.environ.get("ATTACKS_SCALE", "0.05"))
MOST_MB = 300  # of the server
WORST = 10.0  # seconds for a leaf: it is late by what the server computes for others, not for ever
RULES = int(10000 * max(SCALE, 0.1))

ALL = [gate.silent_connections, gate.silent_connections_of_one, gate.drips_before_login,
       gate.connections_come_and_go, gate.garbage_before_login, gate.key_flood, gate.bad_frames,
       gate.drips_in_hello, gate.drips_in_message, gate.endless_chunks, gate.endless_chunk,
       gate.endless_message, gate.endless_hello, server.deep_xml, server.deep_known_xml,
       server.wide_filter, server.wide_known_filter, server.entities, server.namespaces,
       server.xpath_of_many_steps, server.xpath_that_is_long, server.xpath_of_many_terms,
       server.xpath_that_divides_by_zero,
       server.edit_of_ten_thousand, server.reads_under_many_rules, server.schemas,
       server.xpath_of_all_by_all, server.hung_subscribers, server.get_without_reading, server.rekeys,
       server.rekeys_of_openssh]


def witness(field, begun, done, results):
    """Asks until told to end; how long each answer took, and what went wrong."""
    took = []
    try:
        with field.session(timeout=60) as session:
            while not done.is_set():
                start = time.perf_counter()
                assert b"<agent-version>" in session.rpc(LEAF)
                took.append((time.perf_counter() - start) * 1000)
                begun.set()
                done.wait(0.1)
    except Exception as error:  # boundary: the process
        results.put((took, repr(error)))
        return
    results.put((took, None))


def peak_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024


def line(attack, seconds, what, p50, p99, worst, peak):
    print(f"{attack:<26} {seconds:>5}  {what:<52} {p50:>7} {p99:>7} {worst:>8} {peak:>9}", flush=True)


class Attacks(house.House):
    level = "info"

    def setUp(self):
        root = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(root.cleanup)
        self.root = root.name
        os.chmod(self.root, 0o755)
        os.makedirs(f"{self.root}/etc")
        with open(f"{self.root}/etc/passwd", "w") as f:
            f.writelines(f"u{i}:x:{1000 + i}:100::/home/u{i}:/bin/sh\n" for i in range(1000))
        super().setUp()

    def write_startup(self):
        """The user watcher has a rule for each of many users of the node."""
        super().write_startup()
        with open(f"{self.folder}/startup.json") as f:
            startup = json.load(f)
        path = "/femto-security:femto-security/inventory/user-permissions/user[name='u%d']"
        startup["ietf-netconf-acm:nacm"]["rule-list"] = [{"name": "many", "group": ["oam"], "rule": [
            {"name": f"r{i}", "path": path % i, "access-operations": "read", "action": "permit"}
            for i in range(RULES)]}]
        with open(f"{self.folder}/startup.json", "w") as f:
            json.dump(startup, f)

    def test_a_well_behaved_peer_is_served_whatever_others_do(self):
        field = Field(self.port, self.folder, SCALE)
        with field.session() as session:
            house.wait_for("the users of the node", lambda: session.rpc("<get/>").count(b"<user>") >= 1000)
        processes = house.children(self.agent.pid)
        line("attack", "s", "what the agent did", "p50", "p99", "worst ms", "server MB")
        chosen = [a for a in ALL if a.__name__ in ASKED.split(",")]
        for attack in chosen or ALL:
            with self.subTest(attack=attack.__name__):
                begun, done = multiprocessing.Event(), multiprocessing.Event()
                results = multiprocessing.Queue()
                other = multiprocessing.Process(target=witness, args=(field, begun, done, results))
                other.start()
                try:
                    start = time.monotonic()
                    self.assertTrue(begun.wait(20), "no first answer")
                    what = attack(field)
                finally:
                    seconds = time.monotonic() - start
                    done.set()
                    took, failed = results.get(timeout=WORST * 8)
                    other.join()
                self.assertIsNone(failed, f"the well-behaved peer, during {attack.__name__}")
                self.assertEqual(house.children(self.agent.pid), processes)
                took.sort()
                peak = peak_mb(processes["server"])
                line(attack.__name__.replace("_", " "), f"{seconds:.1f}", what,
                     f"{statistics.median(took):.1f}", f"{took[len(took) * 99 // 100]:.1f}",
                     f"{took[-1]:.1f}", f"{peak:.0f}")
                self.assertLess(took[-1], WORST * 1000)
                self.assertLess(peak, MOST_MB)
                self.assertNotIn("NO ANSWER", what)


if __name__ == "__main__":
    unittest.main()
