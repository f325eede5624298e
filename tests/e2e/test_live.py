"""Rows of scenarios on this running system: what is done, the rule that must find it, how long it
took. Programs, namespaces and sockets are made by the test and end with it."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

import house

MEMFD = """import os, sys
f = os.memfd_create("x", 0)
os.write(f, open("/bin/sleep", "rb").read())
os.execve(f, ["sleep", "300"], {})"""


class Live(house.House):
    collection = {"node-id": "n1", "heartbeat-interval": 60}

    def categories(self):
        def one(name, **more):
            return {"type": f"femto-security-types:{name}", "dampening-period": 0, **more}
        return [one("open-ports", **{"sampling-interval": 1}),
                one("running-processes", **{"sampling-interval": 1}),
                one("software-integrity", **{"sampling-interval": 300,
                                             "include": [self.software]})]

    def setUp(self):
        super().setUp()
        self.ended = []
        self.addCleanup(self.end_all)
        self.took = []
        self.software = f"{self.folder}/software"
        os.mkdir(self.software)
        for name in ("edited", "touched", "linked", "removed"):
            shutil.copy("/bin/true", f"{self.software}/{name}")
        self.ipsec = [self.bound(socket.SOCK_DGRAM, ("0.0.0.0", port)) for port in (500, 4500)]
        self.ipsec.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, 50))
        for s in self.ipsec:
            self.addCleanup(s.close)
        self.collect(policy=self.baseline())
        house.wait_for("a verdict on all three", self.judged, 60)

    def judged(self):
        rules = {r["rule"]: r["verdict"] for r in self.json("node", "n1")["results"]}
        return rules.get("software-modified") == "compliant" and all(
            rules.get(rule) in ("compliant", "violation")
            for rule in ("unexpected-port", "unexpected-process"))

    def baseline(self):
        """What this machine has, and the folder of software as it is now."""
        path = super().baseline()
        golden = f"{self.folder}/golden.json"
        with open(golden) as f:
            data = json.load(f)
        software = data["femto-security:femto-security"]["inventory"]["software-integrity"]
        shape = next(c for c in software["component"] if c["kind"].endswith(":file"))
        software["component"] = []
        for name in sorted(os.listdir(self.software)):
            file = f"{self.software}/{name}"
            with open(file, "rb") as f:
                content = f.read()
            software["component"].append({
                **shape, "name": file, "measured-hash": hashlib.sha256(content).hexdigest(),
                "size": str(len(content)), "mode": "0755", "owner": "0:0"})
        with open(golden, "w") as f:
            json.dump(data, f)
        subprocess.run([house.COMMAND, "baseline", "learn", "--output", path, golden], check=True,
                       capture_output=True)
        return path

    def end_all(self):
        for process in self.ended:
            process.kill()
            process.wait()
        for line in self.took:
            print(line, file=sys.stderr)

    def start(self, *words, **more):
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL, **more)
        self.ended.append(process)
        return process

    @staticmethod
    def bound(kind, address, family=socket.AF_INET, only=None):
        s = socket.socket(family, kind)
        if only is not None:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        s.bind(address)
        if kind == socket.SOCK_STREAM:
            s.listen(1)
        return s

    def found(self, row, rule, part, since):
        """The finding, open or not, whose object or evidence has `part`."""
        def there():
            return [f for f in self.json("findings", "--all")
                    if f["rule"] == rule and part in json.dumps(f)]
        found = house.wait_for(f"{row}: {rule} of {part}", there, 20)
        self.took.append(f"{row}: {rule}, seen after {(time.monotonic() - since) * 1000:.0f} ms")
        return found

    def quiet(self, category, part, why):
        """Nothing of the category is found that has `part`, now that a later change was."""
        found = [f for f in self.json("findings", "--all")
                 if f["category"] == category and part in json.dumps(f)]
        self.assertEqual(found, [], why)

    def later(self):
        """A change after all others, which has been found: then they would have been too."""
        s, port = house.listener("0.0.0.0")
        self.found("later", "unexpected-port", str(port), time.monotonic())
        s.close()

    def unlisted(self, name):
        program = f"{self.folder}/{name}"
        shutil.copy("/bin/sleep", program)
        return program

    def test_rows(self):
        for rows in (self.programs, self.hidden_program, self.short_program, self.ports,
                     self.software_rows, self.many_short_programs):
            with self.subTest(rows.__name__):
                rows()

    def programs(self):
        start = time.monotonic()
        program = self.unlisted("x01")
        self.start(program, "300")
        os.remove(program)
        self.found("X01", "suspicious-process", program, start)

        start = time.monotonic()
        program = self.unlisted("x04")
        self.start("[kworker/0:1-events]", "300", executable=program)
        self.found("X04", "suspicious-process", program, start)

        start = time.monotonic()
        self.start(sys.executable, "-c", MEMFD)
        self.found("X07", "suspicious-process", "/memfd:x", start)

        start = time.monotonic()
        script = f"{self.folder}/x09.py"
        with open(script, "w") as f:
            f.write("import time\ntime.sleep(300)\n")
        self.start(sys.executable, script)
        self.found("X09", "unexpected-process", script, start)

        self.quiet("running-processes", "kworker/u", "X06: threads of the kernel are none of ours")

    def hidden_program(self):
        process = self.start("sleep", "300")
        empty = f"{self.folder}/empty"
        os.mkdir(empty)
        target = f"/proc/{process.pid}"
        start = time.monotonic()
        subprocess.run(["mount", "--bind", empty, target], check=True)
        try:
            self.found("X08", "suspicious-process", "[hidden]", start)
        finally:
            subprocess.run(["umount", target], check=True)

    def short_program(self):
        self.require_connector()
        # Of a busy system not each is seen: readings on account of events have their share of time.
        end = time.monotonic() + 20
        seen = False
        for number in range(100):
            program = self.unlisted(f"x10-{number}")
            start = time.monotonic()
            subprocess.run([program, "0.2"], check=True)
            time.sleep(0.8)
            seen = any(program in f["object"] for f in self.json("findings", "--all"))
            if seen or time.monotonic() > end:
                break
        self.assertTrue(seen, "X10: a program of 200 ms, while nothing else happens")
        self.took.append(f"X10: unexpected-process, seen at try {number + 1}")

    def require_connector(self):
        with open(self.agent.log) as f:
            if "no events of processes" in f.read():
                self.skipTest("the kernel tells nothing of processes here")

    def many_short_programs(self):
        self.require_connector()
        shell = "while :; do /bin/true; /bin/true; /bin/true; /bin/true; done"
        shells = [self.start("/bin/sh", "-c", shell) for _ in range(2)]
        program = self.unlisted("x16")
        start = time.monotonic()
        self.start(program, "300")
        self.found("X16", "unexpected-process", program, start)
        path = "/fs:femto-security/fs:status/fs:category"
        with self.connect() as m:
            def missed():
                got = m.get(filter=("xpath", (house.NS, path))).data
                return next(got.iter("{%s}missed-events" % house.NS["fs"]), None)
            house.wait_for("short-lived programs being counted", lambda: missed() is not None, 20)
        for one in shells:
            one.kill()
        flood = [f for f in self.json("findings", "--all") if f["rule"] == "unexpected-process"]
        self.assertLess(len(flood), 20, "no flood of findings")

    def ports(self):
        start = time.monotonic()
        six = self.bound(socket.SOCK_STREAM, ("::", 0), socket.AF_INET6, only=0)
        port = six.getsockname()[1]
        self.found("O03", "unexpected-port", str(port), start)

        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.connect(("127.0.0.1", 9))
        ephemeral = client.getsockname()[1]

        start = time.monotonic()
        inside = self.start("unshare", "-n", sys.executable, "-c",
                            "import socket, time\ns = socket.socket()\n"
                            "s.bind(('0.0.0.0', 7013))\ns.listen(1)\ntime.sleep(300)")
        self.found("O13", "unexpected-port", "7013", start)
        inside.kill()

        start = time.monotonic()
        short = self.bound(socket.SOCK_STREAM, ("0.0.0.0", 0))
        number = short.getsockname()[1]
        self.found("O21", "unexpected-port", str(number), start)
        self.assertLess(time.monotonic() - start, 2, "O21: while it is open for 2 s")
        short.close()

        self.later()
        self.quiet("open-ports", str(ephemeral), "O11: a client's socket is no open port")
        for s in self.ipsec[:2]:
            self.quiet("open-ports", f" {s.getsockname()[1]}", "O08: IKE is permitted")

    def software_rows(self):
        def path(name):
            return f"{self.software}/{name}"

        before = os.stat(path("edited"))
        start = time.monotonic()
        with open(path("edited"), "r+b") as f:
            f.seek(100)
            f.write(bytes([f.read(1)[0] ^ 1]))
        os.utime(path("edited"), ns=(before.st_atime_ns, before.st_mtime_ns))
        self.found("I01", "software-modified", path("edited"), start)

        os.utime(path("touched"))
        os.chmod(path("touched"), 0o700)
        os.chmod(path("touched"), 0o755)

        start = time.monotonic()
        shutil.copy("/bin/true", f"{self.folder}/copy")
        os.remove(path("linked"))
        os.symlink(f"{self.folder}/copy", path("linked"))
        self.found("I04", "software-modified", path("linked"), start)

        start = time.monotonic()
        shutil.copy("/bin/true", path("extra"))
        self.found("I09", "software-unexpected", path("extra"), start)

        start = time.monotonic()
        os.remove(path("removed"))
        self.found("I10", "software-missing", path("removed"), start)
        self.quiet("software-integrity", path("touched"), "I03: the content is what it was")


if __name__ == "__main__":
    unittest.main()
