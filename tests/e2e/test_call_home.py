"""A node that calls its managers (RFC 8071): whom it reaches, and how soon again when something on
the way, or itself, was gone."""
import json
import os
import subprocess
import time
import unittest

import house
from managers import Manager, Path, Server


class CallHome(house.House):
    """Targets are added by each test, before the agent starts."""

    def setUp(self):
        self.managers = []
        super().setUp()
        os.mkdir(f"{self.folder}/keys", 0o700)
        self.host_key = self.make_key("keys/host_ed25519")

    def make_key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        f"{self.folder}/{name}"], check=True)
        return self.public(name)

    def start_agent(self):
        """Not before a test says so."""

    def tearDown(self):
        for one in self.managers:
            one.close()

    def call(self, *targets, keepalive=1):
        with open(f"{self.folder}/startup.json") as f:
            startup = json.load(f)
        access = startup["femto-agent-access:agent-access"]
        access["call-home"] = {"target": [
            {"name": name, "address": "127.0.0.1", "port": port, "min-backoff": 1, "max-backoff": 4}
            for name, port in targets]}
        access["limits"] = {"keepalive-interval": keepalive}
        with open(f"{self.folder}/startup.json", "w") as f:
            json.dump(startup, f)
        super().start_agent()

    def target(self, session, name):
        """State, calls, sessions and last failure, as the operational data has them."""
        reply = session.get(filter=("subtree", f'''<agent-access xmlns="{house.NS["faa"]}">
            <statistics><target><name>{name}</name></target></statistics></agent-access>'''))
        return tuple(reply.data.findtext(f".//faa:target/faa:{leaf}", None, house.NS)
                     for leaf in ("state", "calls", "sessions", "last-failure"))

    def manager(self, host_key=None, port=0):
        one = Manager("manager", f"{self.folder}/manager", host_key or self.host_key, port)
        self.managers.append(one)
        return one

    def path(self, port, delay=0.0):
        one = Path(port, delay)
        self.managers.append(one)
        return one

    def session(self, manager, count=1, seconds=20.0):
        """Seconds until there were so many."""
        start = time.monotonic()
        house.wait_for(f"session {count}", lambda: len(manager.sessions) >= count, seconds)
        return time.monotonic() - start

    def test_each_of_three_targets_is_called_on_its_own(self):
        good, distrustful = self.manager(), self.manager(self.make_key("other"))
        down = house.free_port()
        self.call(
            ("good", good.port), ("distrustful", distrustful.port), ("down", down))
        print(f"session: after {self.session(good):.2f} s")
        self.assertTrue(good.answers()[0])
        house.wait_for("four calls that are refused", lambda: len(distrustful.calls) >= 4)
        print("host key is refused: calls after", *(f"{gap:.1f}" for gap in distrustful.gaps()), "s")
        self.assertEqual(distrustful.sessions, [])
        self.assertGreaterEqual(min(distrustful.gaps()), 0.5)
        self.assertGreaterEqual(distrustful.gaps()[2], 1.9)  # half of 4, the rest is by chance
        late = self.manager(port=down)
        print(f"target that was down: session after {self.session(late, seconds=6):.2f} s")
        self.assertEqual((len(good.sessions), len(good.calls)), (1, 1))
        self.assertTrue(good.answers()[0])
        with self.connect() as session:
            house.wait_for("statistics", lambda: self.target(session, "down")[0] == "in-session")
            self.assertEqual(self.target(session, "good"), ("in-session", "1", "1", None))
            state, calls, sessions, failure = self.target(session, "down")
            self.assertEqual((sessions, failure), ("1", "Connection refused"))
            self.assertGreater(int(calls), 1)
            self.assertEqual(self.target(session, "distrustful")[2:],
                             ("0", "connection ended before a session began"))

    def test_a_path_that_forgets_the_connection_is_noticed(self):
        good = self.manager()
        nat = self.path(good.port)
        self.call(("nat", nat.port))
        self.session(good)
        nat.forget()
        taken = self.session(good, 2)
        print(f"nothing passes any more: session after {taken:.2f} s")
        self.assertLess(taken, 8)  # four keepalives, the first wait, and a handshake
        self.assertTrue(good.answers()[0])

    def test_a_manager_and_a_node_that_start_anew(self):
        good = self.manager()
        self.call(("good", good.port))
        self.session(good)
        good.channels[-1].get_transport().close()
        print(f"manager ends the connection: session after {self.session(good, 2):.2f} s")
        killed = time.monotonic()
        self.agent.stop(kill=True)
        self.daemons.remove(self.agent)
        super().start_agent()
        self.session(good, 3)
        print(f"agent is killed and started: session after {good.sessions[2] - killed:.2f} s")
        self.assertTrue(good.answers()[0])

    def test_a_slow_path(self):
        good = self.manager()
        far = self.path(good.port, 0.3)
        self.call(("far", far.port))
        taken = self.session(good)
        works, seconds = good.answers()
        print(f"600 ms there and back: session after {taken:.2f} s, a leaf after {seconds:.2f} s")
        self.assertTrue(works)
        time.sleep(5)  # longer than keepalives take to give up a dead path
        self.assertTrue(good.answers()[0])
        self.assertEqual(len(far.calls), 1)

    def test_a_target_that_says_nothing_costs_the_others_nothing(self):
        silent = Silent()
        good = self.manager()
        self.managers.append(silent)
        self.call(("silent", silent.port), ("good", good.port))
        self.session(good, seconds=5)
        self.assertTrue(good.answers()[0])
        self.assertEqual(len(silent.calls), 1)


class Silent(Server):
    def serve(self, connection):
        with connection:
            while self.open:
                time.sleep(0.05)


if __name__ == "__main__":
    unittest.main(verbosity=2)
