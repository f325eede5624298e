"""An engineer's session with netopeer2-cli, where it is on PATH. It always exits 0, so that what it
prints is looked at; it keeps its state in the home of the passwd entry, so that a folder is mounted
over that for it alone."""
import os
import re
import shutil
import subprocess
import sys
import unittest

import house

if not shutil.which("netopeer2-cli") or os.geteuid() != 0:
    print("left out: netopeer2-cli is not on PATH, or this is not root")
    sys.exit(77)


class Engineer(house.House):
    def cli(self, *lines, then=None, first=()):
        """Output of a session that has run `lines`, and `first` before it connects; `then` is called
        before it quits, with what gives the output so far."""
        home = f"{self.folder}/home"
        os.makedirs(f"{home}/.ssh", exist_ok=True)
        os.makedirs(f"{home}/empty", exist_ok=True)
        for name in ("manager", "manager.pub"):
            shutil.copy(f"{self.folder}/{name}", home)
        keys = subprocess.run(["ssh-keyscan", "-p", str(self.port), "127.0.0.1"],
                              capture_output=True, text=True, check=True)
        with open(f"{home}/.ssh/known_hosts", "w") as f:
            f.write(keys.stdout)
        file = f"{self.folder}/cli.out"
        with open(file, "w") as f:
            process = subprocess.Popen(
                ["unshare", "-m", "sh", "-c",
                 f"mount --bind {home} /root && cd /root/empty && exec stdbuf -oL netopeer2-cli"],
                stdin=subprocess.PIPE, stdout=f, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.kill)

        def said():
            with open(file, errors="replace") as f:
                return f.read()

        for text in (*first, "auth keys add /root/manager.pub /root/manager",
                     "auth pref publickey 4", "auth pref interactive -1", "auth pref password -1",
                     f"connect --host 127.0.0.1 --port {self.port} --login manager", *lines):
            process.stdin.write(text + "\n")
            process.stdin.flush()
        if then:
            then(said)
        process.communicate("quit\n", timeout=60)
        out = said()
        # An rpc-error is a line of its own; "nc ERROR" lines are the client's remarks to itself.
        self.assertFalse([l for l in out.splitlines() if l.startswith("ERROR")], out[-2000:])
        self.assertIn("Current NETCONF session:" if "status" in lines else "OK", out)
        return out

    def test_first_hour(self):
        os.makedirs(f"{self.folder}/home", exist_ok=True)
        edit = f"{self.folder}/home/edit.xml"
        with open(edit, "w") as f:
            f.write("""<femto-security xmlns="urn:femtowatch:yang:femto-security"><collection>
                <category><type xmlns:t="urn:femtowatch:yang:femto-security-types">t:open-ports</type>
                <mode>periodic on-change</mode><period>23</period></category>
                </collection></femto-security>""")
        out = self.cli("status", "get-schema --model femto-security",
                       "get --filter-xpath /femto-security:femto-security/status",
                       "edit-config --target running --config=/root/edit.xml",
                       "get-config --source running --defaults report-all")
        self.assertIn("Current NETCONF session:", out)
        self.assertIn("module femto-security {", out)
        self.assertIn("<agent-version>", out)
        self.assertIn("OK", out)
        self.assertIn("<period>23</period>", out)
        self.assertIn("<sync-on-start", out)

    def test_all_schemas_are_there(self):
        out = self.cli("status", first=("verb debug",))
        self.assertEqual(re.findall("there is no schema &quot;(.*?)&quot;", out), [])
        self.assertEqual([l for l in out.splitlines() if "ERROR" in l], [])
        for schema in ("femto-security", "femto-agent-access", "ietf-netconf-acm", "ietf-yang-push"):
            self.assertIn(f"<identifier>{schema}</identifier>", out)

    def written(self, name, text):
        os.makedirs(f"{self.folder}/home", exist_ok=True)
        with open(f"{self.folder}/home/{name}", "w") as f:
            f.write(text)
        return f"/root/{name}"

    def interval(self, name, seconds):
        return self.written(name, '<femto-security xmlns="urn:femtowatch:yang:femto-security">'
                            f"<collection><heartbeat-interval>{seconds}</heartbeat-interval>"
                            "</collection></femto-security>")

    def test_every_command_that_changes_something(self):
        self.read_once()  # collect-now waits for nothing else then
        filter_one = "--filter-xpath /femto-security:femto-security/collection/heartbeat-interval"
        out = self.cli(
            "lock --target candidate", f"edit-config --target candidate --config={self.interval('a', 71)}",
            "validate --source candidate", "commit --confirmed --confirm-timeout 60 --persist mine",
            f"get-data --datastore running {filter_one}", "cancel-commit --persist-id mine",
            f"edit-config --target candidate --config={self.interval('b', 72)}", "discard-changes",
            f"get-data --datastore candidate {filter_one} --defaults report-all",
            "unlock --target candidate",
            f"edit-data --datastore candidate --config={self.interval('c', 73)} --defop merge",
            "copy-config --target running --source candidate",
            f"get-config --source running {filter_one}",
            "copy-config --target candidate --source running", "commit",
            f"get-data --datastore operational --depth 1 {filter_one}",
            "user-rpc --content " + self.written("rpc.xml", '<collect-now xmlns="urn:femtowatch:yang:'
                                                 'femto-security"><category xmlns:t="urn:femtowatch:'
                                                 'yang:femto-security-types">t:open-ports</category><nonce>AAAAAAAAAAAAAAAAAAAAAA==</nonce></collect-now>'))
        values = re.findall("<heartbeat-interval[^>]*>(\\d+)<", out)
        self.assertEqual(values, ["71", "5", "73", "73"], out)
        self.assertIn("<sequence-number", out)

    def test_subscriptions(self):
        opened = []

        def open_one(said):
            house.wait_for("the first update", lambda: "<push-update" in said())
            opened.append(house.listener())
            port = f"<local-port>{opened[0][1]}</local-port>"
            house.wait_for("the port in a change", lambda: port in said())

        self.read_once()
        ports = "--filter-xpath /femto-security:femto-security/inventory/open-ports"
        out = self.cli(
            "establish-sub --stream NETCONF --filter-xpath /ietf-netconf-notifications:netconf-session-start",
            "modify-sub --id 1 --filter-xpath /ietf-netconf-notifications:netconf-session-end",
            f"establish-push --datastore operational {ports} --periodic --period 100000",
            f"modify-push --id 2 --datastore operational {ports} --periodic --period 50000",
            "delete-sub --id 2", "kill-sub --id 1",
            f"establish-push --datastore operational {ports} --on-change --dampening-period 10",
            "resync-sub --id 3", then=open_one)
        opened[0][0].close()
        self.assertIn("<push-change-update", out)
        self.assertIn("<subscription-terminated", out)

    def test_a_port_that_opens_arrives_as_change(self):
        opened = []

        def open_one(said):
            house.wait_for("the subscription", lambda: "OK" in said().splitlines())
            opened.append(house.listener())
            port = f"<local-port>{opened[0][1]}</local-port>"
            house.wait_for("the port in a notification", lambda: port in said())

        self.read_once()
        out = self.cli("subscribe --stream femto-security", then=open_one)
        s, port = opened[0]
        s.close()
        self.assertIn("<security-change", out)
        self.assertIn(f"<local-port>{port}</local-port>", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
