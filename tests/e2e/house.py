"""The running programs, for end-to-end tests: an agent and a collector in a folder of their own, on
free loopback ports. Tests wait for what they expect, with a deadline; none sleeps for luck."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from ncclient import manager

BUILD = os.environ["FEMTOWATCH_BUILD"]
AGENT = f"{BUILD}/agent/femtowatch-agent"
COLLECTOR = f"{BUILD}/collector/femtowatch-collector"
COMMAND = f"{BUILD}/collector/femtowatch"
NS = {"fs": "urn:femtowatch:yang:femto-security",
      "faa": "urn:femtowatch:yang:femto-agent-access",
      "nacm": "urn:ietf:params:xml:ns:yang:ietf-netconf-acm",
      "nc": "urn:ietf:params:xml:ns:netconf:base:1.0"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, check, seconds=20.0):
    """The first true value of check(); AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            last = check()
            if last:
                return last
        except (OSError, subprocess.CalledProcessError) as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s; last: {last!r}")


def children(pid):
    """{role: pid} of the processes of one of our daemons."""
    found = {}
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        for child in f.read().split():
            with open(f"/proc/{child}/cmdline") as c:
                words = c.read().split("\0")
            if len(words) > 2 and words[1] == "child":
                found[words[2]] = int(child)
    return found


def listens(port):
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


class Daemon:
    def __init__(self, program, config, log):
        self.log = log
        self.out = open(log, "ab")
        self.process = subprocess.Popen([program, "run", "--config", config], stderr=self.out)

    @property
    def pid(self):
        return self.process.pid

    def stop(self, kill=False):
        left = []
        if self.process.poll() is None:
            left = children(self.pid).values() if kill else []
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        status = self.process.wait(timeout=15)
        # Those that it left behind end by themselves; one may listen until then.
        wait_for("the end of all", lambda: not any(os.path.exists(f"/proc/{p}") for p in left))
        self.out.close()
        return status


class House(unittest.TestCase):
    """A fresh folder, keys, and an agent; `collect()` adds a collector."""

    users = {"secmf": ["manager"], "engineer": ["engineer"], "oam": ["watcher"]}
    # Of the software a part: to hash the whole of a machine takes a minute and more.
    collection = {"node-id": "n1", "heartbeat-interval": 5, "category": [
        {"type": "femto-security-types:software-integrity", "include": ["/usr/sbin"]}]}
    root = None
    level = "debug"

    def setUp(self):
        self.folder_ = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(self.folder_.cleanup)
        self.folder = self.folder_.name
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.daemons = []
        self.addCleanup(self.stop_all)
        self.names = [name for names in self.users.values() for name in names] + ["stranger"]
        for name in self.names:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                            f"{self.folder}/{name}"], check=True)
        self.write_startup()
        self.configure_agent()
        self.start_agent()

    def stop_all(self):
        for daemon in self.daemons:
            daemon.stop()
        failed = any(error for _, error in getattr(self._outcome, "errors", []) or []) \
            or any(getattr(getattr(self._outcome, "result", None), kind, None)
                   for kind in ("failures", "errors"))
        if failed:
            for daemon in self.daemons:
                with open(daemon.log, errors="replace") as f:
                    print(f"--- {daemon.log}\n" + "".join(f.readlines()[-60:]))

    def public(self, name):
        with open(f"{self.folder}/{name}.pub") as f:
            return f.read().split()[1]

    def write_startup(self):
        startup = {
            "femto-security:femto-security": {"collection": self.collection},
            "femto-agent-access:agent-access": {
                "listen": {"endpoint": [{"name": "oam", "address": "127.0.0.1",
                                         "port": self.port}]},
                "user": [{"name": name,
                          "authorized-key": [{"name": "k", "algorithm": "ssh-ed25519",
                                              "public-key": self.public(name)}]}
                         for name in self.names]},
            "ietf-netconf-acm:nacm": {"groups": {"group": [
                {"name": group, "user-name": names} for group, names in self.users.items()]}}}
        with open(f"{self.folder}/startup.json", "w") as f:
            json.dump(startup, f)

    def configure_agent(self):
        with open(f"{self.folder}/agent.conf", "w") as f:
            f.write(f"state-directory = {self.folder}/agent\nkey-directory = {self.folder}/keys\n"
                    f"startup = {self.folder}/startup.json\nlog-level = {self.level}\n")
            if self.root:
                f.write(f"root = {self.root}\n")

    def start_agent(self):
        self.agent = Daemon(AGENT, f"{self.folder}/agent.conf", f"{self.folder}/agent.log")
        self.daemons.append(self.agent)
        wait_for("the agent listening", self.listens)
        key = f"{self.folder}/keys/host_ed25519"
        line = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True)
        self.fingerprint = line.stdout.split()[1]

    def listens(self):
        return listens(self.port)

    def connect(self, user="manager", **more):
        # The password is the key's, which has none: ncclient of Debian 13 fails with None.
        return manager.connect(host="127.0.0.1", port=self.port, username=user, password="",
                               key_filename=f"{self.folder}/{user}", hostkey_verify=False,
                               allow_agent=False, look_for_keys=False, timeout=20, **more)

    def read_once(self):
        """Waits until everything was read once, so that what follows is a change."""
        path = "/fs:femto-security/fs:status/fs:category"

        def over():
            found = m.get(filter=("xpath", (NS, path))).data.iter("{%s}category" % NS["fs"])
            last = [c for c in found if c.findtext("{%s}type" % NS["fs"]).endswith("integrity")]
            said = [leaf.text.partition(":")[2] for leaf in (last[0] if last else [])
                    if leaf.tag.endswith(("}status", "}reason"))]
            return said and said[0] in ("collected", "partial") and "resource-limited" not in said

        with self.connect() as m:
            wait_for("the first reading", over, 90)

    # The collector.

    def collect(self, policy=None, node="n1"):
        state = f"{self.folder}/collector"
        with open(f"{self.folder}/collector.conf", "w") as f:
            f.write(f"state-directory = {state}\nclient-key = {self.folder}/manager\n"
                    f"log-level = {self.level}\n")
            if policy:
                f.write(f"policy = {policy}\n")
            if self.categories():
                f.write(f"collection = {self.folder}/collection.json\n")
        with open(f"{self.folder}/collection.json", "w") as f:
            json.dump({"femto-security:femto-security": {
                "collection": {**self.collection, "category": self.categories() or []}}}, f)
        self.control = f"{state}/control"
        self.start_collector()
        self.command("enroll", node, "--address", "127.0.0.1", "--port", str(self.port), "--user",
                     "manager", "--fingerprint", self.fingerprint)

    def categories(self):
        """What nodes are told to collect; the shipped collection if none."""
        return [{"type": f"femto-security-types:{name}", "sampling-interval": 1,
                 "dampening-period": 10}
                for name in ("open-ports", "running-processes", "user-permissions")]

    def start_collector(self):
        self.collector = Daemon(COLLECTOR, f"{self.folder}/collector.conf",
                                f"{self.folder}/collector.log")
        self.daemons.append(self.collector)
        wait_for("the collector answering", lambda: self.json("nodes"))

    def command(self, *words, check=True):
        done = subprocess.run([COMMAND, *words], capture_output=True, text=True,
                              env={**os.environ, "FEMTOWATCH_CONTROL": self.control})
        if check and done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout,
                                                done.stderr)
        return done

    def json(self, *words):
        return json.loads(self.command(*words, "--format", "json").stdout)

    def findings(self, **wanted):
        return [f for f in self.json("findings")
                if all(f.get(k.replace("_", "-")) == v for k, v in wanted.items())]

    def baseline(self):
        """A policy learned from this machine as it is now."""
        with open(f"{self.folder}/golden.json", "w") as f:
            subprocess.run([AGENT, "snapshot"], check=True, stdout=f, stderr=subprocess.DEVNULL)
        policy = f"{self.folder}/policy.json"
        subprocess.run([COMMAND, "baseline", "learn", "--output", policy,
                        f"{self.folder}/golden.json"], check=True, capture_output=True)
        os.chmod(policy, 0o644)
        return policy


def listener(address="127.0.0.1"):
    """An open TCP port and its number."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, 0))
    s.listen(1)
    return s, s.getsockname()[1]
