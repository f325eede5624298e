"""agent/VENDORS.md is true: its sessions are run as they stand there. And a category of the vendor's
own, from its module to a finding, with the running programs."""
import json
import os
import re
import subprocess
import tempfile
import unittest

import house
from house import NS

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EXAMPLE = os.path.realpath(f"{TOP}/agent/vendor-example")
CATEGORY = "acme-hardening:kernel-hardening"
VENDOR = "urn:example:acme:hardening"
MARK = "-- end of a session --"


def sessions():
    """[(commands, lines that they print)] of the document."""
    with open(f"{TOP}/agent/VENDORS.md") as f:
        blocks = re.findall(r"^```(sh)?\n(.*?)^```$", f.read(), re.M | re.S)
    found = []
    for language, text in blocks:
        if language:
            found.append((text, []))
        else:
            found[-1][1].extend(text.splitlines())
    return found


class Document(unittest.TestCase):
    def test_each_session_does_what_the_document_says(self):
        all_of_them = sessions()
        self.assertGreater(len(all_of_them), 5)
        with tempfile.TemporaryDirectory(prefix="femtowatch-e2e-") as folder:
            script = "set -eu\n" + "".join(f"{text}\necho '{MARK}'\n" for text, _ in all_of_them)
            path = ":".join(f"{house.BUILD}/{part}" for part in ("agent", "collector"))
            done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True,
                                  env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}",
                                       "TMPDIR": folder, "EXAMPLE": EXAMPLE, "COLUMNS": "400"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = done.stdout.split(MARK)
        for (commands, lines), out in zip(all_of_them, printed):
            for line in lines:
                words = re.split(r"  +", line.strip())
                self.assertTrue(any(all(word in one for word in words) for one in out.splitlines()),
                                f"{commands}\ndoes not print {words}, but\n{out}")


class Category(house.House):
    collection = {"node-id": "n1", "heartbeat-interval": 5,
                  "category": [{"type": CATEGORY, "sampling-interval": 1}]}
    broken = False

    def setUp(self):
        self.node = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(self.node.cleanup)
        self.root = self.node.name
        for name in ("etc/femtowatch/modules.d", "var/lib/femtowatch/facts.d", "proc/sys/kernel"):
            os.makedirs(f"{self.root}/{name}", mode=0o755)
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", self.root], check=True)
        with open(f"{EXAMPLE}/acme-hardening.yang") as f:
            self.module = f.read()
        self.write_module(self.module)
        self.facts(1)
        super().setUp()

    def write_module(self, text):
        with open(f"{self.root}/etc/femtowatch/modules.d/acme-hardening.yang", "w") as f:
            f.write(text)

    def facts(self, pointers):
        with open(f"{self.root}/proc/sys/kernel/kptr_restrict", "w") as f:
            f.write(f"{pointers}\n")
        subprocess.run([f"{EXAMPLE}/kernel-hardening", f"{self.root}/var/lib/femtowatch/facts.d",
                        f"{self.root}/proc"], check=True)

    def categories(self):
        return [{"type": CATEGORY, "sampling-interval": 1, "dampening-period": 10}]

    def get(self, m, path):
        return m.get(filter=("xpath", (NS, f"/fs:femto-security/{path}"))).data

    def value(self, m):
        return [e.text for e in self.get(m, "fs:inventory/fs:extension").iter("{*}value")]

    def entry(self, m, asked):
        """A subtree filter that names no key gives it nevertheless, or nobody knows whose content
        it is."""
        reply = m.get(filter=("subtree", f'<femto-security xmlns="{NS["fs"]}"><inventory><extension>'
                              f'{asked}</extension></inventory></femto-security>')).data
        entries = list(reply.iter("{%s}extension" % NS["fs"]))
        self.assertEqual(len(entries), 1)
        self.assertIn("kernel-hardening", entries[0].findtext("{%s}category" % NS["fs"]))
        self.assertEqual([e.text for e in entries[0].iter("{*}value")], ["1"])

    def test_from_the_module_to_a_finding(self):
        with self.connect("engineer") as m:
            self.assertEqual(m.get_schema("acme-hardening").data, self.module)
            library = m.get(filter=("subtree", '<yang-library xmlns="urn:ietf:params:xml:ns:yang:'
                                    'ietf-yang-library"/>')).data
            self.assertIn("acme-hardening", [e.text for e in library.iter("{*}name")])
            house.wait_for("the first reading", lambda: self.value(m) == ["1"])
            for asked in ("", "<content/>", f'<content><kernel-hardening xmlns="{VENDOR}"/></content>'):
                with self.subTest(asked):
                    self.entry(m, asked)
            module = self.get(m, "fs:status/fs:extension-module")
            self.assertEqual([e.text for e in module.iter("{*}ok")], ["true"])
        with self.connect() as m:
            m.create_subscription(stream_name="femto-security")
            self.facts(2)

            def told():
                one = m.take_notification(timeout=1)
                return one and "security-change" in one.notification_xml \
                    and re.search(r"value>\s*2\s*<|<value[^>]*>2<", one.notification_xml)

            house.wait_for("the change on the wire", told)
        policy = f"{self.folder}/policy.json"
        with open(f"{EXAMPLE}/policy.json") as f, open(policy, "w") as out:
            out.write(f.read())
        self.collect(policy)
        self.facts(0)

        def found():
            return [f for f in self.findings(rule="acme-pointers-hidden") if f["state"] == "open"]

        house.wait_for("the finding", found, 30)

    def collect(self, policy=None, node="n1"):
        start = self.start_collector

        def with_modules():
            with open(f"{self.folder}/collector.conf", "a") as f:
                f.write(f"modules = {EXAMPLE}\nprofile = acme\n")
            start()

        self.start_collector = with_modules
        super().collect(policy, node)

    def test_a_broken_module_is_left_out_and_said_to_be_so(self):
        self.assertEqual(self.agent.stop(), 0)
        self.daemons.remove(self.agent)
        self.write_module(self.module.replace("type int64;", "type int46;"))
        self.start_agent()
        with self.connect("engineer") as m:
            status = self.get(m, "fs:status/fs:extension-module")
            self.assertEqual([e.text for e in status.iter("{*}ok")], ["false"])
            error = [e.text for e in status.iter("{*}error")][0]
        line = 1 + self.module[:self.module.index("leaf value")].count("\n")
        self.assertRegex(error, rf"^/etc/femtowatch/modules.d/acme-hardening.yang:{line}: .*int46")
        with open(self.agent.log) as f:
            lines = [one for one in f if "int46" in one]
        self.assertEqual(len(lines), 1, lines)


if __name__ == "__main__":
    unittest.main(verbosity=2)
