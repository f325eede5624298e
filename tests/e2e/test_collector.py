"""From a change on the node to a finding in the store, and what happens when processes die."""
import os
import shutil
import signal
import stat
import subprocess
import unittest

import house


class Findings(house.House):
    def setUp(self):
        super().setUp()
        self.collect(policy=self.baseline())
        house.wait_for("a verdict on processes and ports", self.judged, 60)

    def judged(self):
        results = self.json("node", "n1")["results"]
        rules = {r["rule"] for r in results}
        return {"unexpected-port", "unexpected-process"} <= rules

    def test_a_listener_and_a_program_become_findings_and_are_resolved(self):
        s, port = house.listener("0.0.0.0")
        program = f"{self.folder}/unlisted"
        shutil.copy("/bin/sleep", program)
        running = subprocess.Popen([program, "300"])
        try:
            house.wait_for("the finding of the port", lambda: [
                f for f in self.findings(rule="unexpected-port", state="open")
                if str(port) in f["object"]], 15)
            house.wait_for("the finding of the program", lambda: [
                f for f in self.findings(rule="unexpected-process", state="open")
                if program in f["object"]], 15)
        finally:
            running.kill()
            running.wait()
            s.close()
        # Where a process may not be looked at, even by root, the end of a program cannot be verified.
        house.wait_for("both being resolved", lambda: not [
            f for f in self.findings(state="open")
            if (str(port) in f["object"] or program in f["object"]) and f["verifiable"]], 15)

    def test_killing_each_process_loses_and_doubles_nothing(self):
        sockets = {}
        for daemon, roles in ((self.agent, ("server", "prober", "gate")),
                              (self.collector, ("coordinator", "worker-0"))):
            for role in roles:
                before = house.children(daemon.pid)[role]
                s, port = house.listener("0.0.0.0")
                sockets[port] = s
                os.kill(before, signal.SIGKILL)
                house.wait_for(f"{role} being started again",
                               lambda: house.children(daemon.pid).get(role, before) != before)
                house.wait_for(f"the finding of port {port} after {role} was killed", lambda: [
                    f for f in self.findings(rule="unexpected-port", state="open")
                    if str(port) in f["object"]], 60)
        for port, s in sockets.items():
            found = [f for f in self.findings(rule="unexpected-port") if str(port) in f["object"]]
            self.assertEqual([f["episodes"] for f in found], [1], found)
            s.close()

    def test_killing_the_parents_loses_and_doubles_nothing(self):
        ports = {}
        for name, start in (("agent", self.start_agent), ("collector", self.start_collector)):
            daemon = getattr(self, name)
            family = house.children(daemon.pid)
            self.assertTrue(family)
            s, port = house.listener("0.0.0.0")
            ports[port] = s
            daemon.stop(kill=True)
            self.daemons.remove(daemon)
            house.wait_for(f"the end of all of the {name}",
                           lambda: not any(os.path.exists(f"/proc/{pid}") for pid in family.values()))
            start()
            house.wait_for(f"the finding of port {port} after the {name} was killed", lambda: [
                f for f in self.findings(rule="unexpected-port", state="open")
                if str(port) in f["object"]], 60)
        for port, s in ports.items():
            found = [f for f in self.findings(rule="unexpected-port") if str(port) in f["object"]]
            self.assertEqual([f["episodes"] for f in found], [1], found)
            s.close()

    def test_a_policy_is_taken_without_restart_and_a_bad_one_is_not(self):
        s, port = house.listener("0.0.0.0")
        house.wait_for("the finding", lambda: [
            f for f in self.findings(rule="unexpected-port", state="open")
            if str(port) in f["object"]], 15)
        policy = f"{self.folder}/policy.json"
        good = open(policy).read()
        with open(policy, "w") as f:
            f.write("{ this is no policy")
        house.wait_for("the error of the policy", lambda: self.json("nodes")["policy"].get("error"))
        self.assertTrue(self.findings(rule="unexpected-port", state="open"))
        with open(policy, "w") as f:
            f.write(good)
        house.wait_for("the policy being good again",
                       lambda: "error" not in self.json("nodes")["policy"])
        self.baseline()  # which lists the port now
        house.wait_for("the finding being resolved", lambda: not [
            f for f in self.findings(rule="unexpected-port", state="open")
            if str(port) in f["object"]], 15)
        s.close()

    def test_a_silent_node_is_overdue_and_stays_so_until_it_speaks(self):
        self.agent.stop()
        self.daemons.remove(self.agent)
        house.wait_for("report-overdue", lambda: self.findings(rule="report-overdue", state="open"),
                       40)
        self.start_agent()
        house.wait_for("its end", lambda: not self.findings(rule="report-overdue", state="open"), 60)


class Files(house.House):
    def test_what_is_written_is_for_its_user_alone(self):
        self.collect()
        house.wait_for("a verdict", lambda: self.json("node", "n1")["results"], 60)
        written = [f"{folder}/{name}" for state in ("agent", "keys", "collector")
                   for folder, _, names in os.walk(f"{self.folder}/{state}") for name in names]
        self.assertTrue([f for f in written if f.endswith("store.sqlite")], written)
        for file in written:
            if stat.S_ISREG(os.lstat(file).st_mode):
                self.assertEqual(os.lstat(file).st_mode & 0o077, 0, file)


class Enrolment(house.House):
    def test_a_node_with_another_host_key_is_refused(self):
        self.collect()
        self.command("dismiss", "n1")
        wrong = "SHA256:" + "A" * 43
        self.command("enroll", "n1", "--address", "127.0.0.1", "--port", str(self.port), "--user",
                     "manager", "--fingerprint", wrong)
        node = house.wait_for("the refusal", lambda: [
            n for n in self.json("nodes")["nodes"] if n["connection"] == "refused"], 20)[0]
        self.assertIn(self.fingerprint, node["reason"])

    def test_a_fingerprint_is_shown_and_not_trusted_by_itself(self):
        self.collect()
        done = self.command("enroll", "n2", "--address", "127.0.0.1", "--port", str(self.port),
                            "--user", "manager", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(self.fingerprint, done.stdout + done.stderr)
        self.assertEqual([n["node"] for n in self.json("nodes")["nodes"]], ["n1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
