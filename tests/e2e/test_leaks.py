"""No secret of a node leaves it. The running agent, at log level debug, reads a node that is full of
them, sound and garbled; then everything that it and a collector wrote is searched for each: messages,
logs, state, snapshots, verdicts."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

import house
from house import NS
from secrets_on_a_node import Search, files_below, hashed, pem, private_part, word

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../scenarios")
from node import Node  # noqa: E402

CATEGORIES = ("password-configuration", "remote-login", "remote-maintenance", "user-permissions",
              "running-processes", "open-ports", "software-integrity")
PORTAL = "etc/portal/portal.ini"
USERS = "etc/portal/users.json"
FACTS = "var/lib/femtowatch/facts.d/portal.json"
MAPPINGS = "etc/femtowatch/mappings.d"


def mapping(source, form, *rules):
    return json.dumps({"femto-vendor:mapping": {
        "source": source, "format": form, "service": "femto-security-types:web-login",
        "password-configuration": [{"leaf": leaf, "key": key, **more} for leaf, key, more in rules]}})


def facts(**policy):
    return json.dumps({"femto-vendor:facts": {"max-age": 900}, "femto-security:femto-security": {
        "inventory": {"password-configuration": {"policy": [
            {"service": "femto-security-types:web-login", "min-length": 14, **policy}]}}}})


class Leaks(house.House):
    collection = {"node-id": "n1", "heartbeat-interval": 5, "category": [
        {"type": f"femto-security-types:{name}", "sampling-interval": 1, "dampening-period": 0,
         **({"include": ["/usr", "/opt", "/etc/ssl/private", "/etc/ssh"]}
            if name == "software-integrity" else {})} for name in CATEGORIES]}

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.root = f"{folder.name}/root"
        self.search = Search()
        self.outputs = {}
        self.node().write(self.root)
        super().setUp()
        for name in self.names:
            self.search.add(f"private key of {name}", private_part(f"{self.folder}/{name}"))
        for path in glob.glob(f"{self.folder}/keys/host_*"):
            if not path.endswith(".pub"):
                self.search.add(f"{os.path.basename(path)} of the agent", private_part(path))

    def secret(self, name, value=None):
        value = value or word()
        self.search.add(name, value)
        return value

    def hash(self, name, scheme):
        return self.secret(f"{name} ({scheme})", hashed(scheme))

    def key(self, name):
        text, lines = pem()
        self.search.add(name, "$".join(lines))
        return text

    def node(self):
        """A sound node."""
        node = Node()
        node.edit("etc/passwd", "viewer:x:", f"viewer:{self.hash('viewer in passwd', 'descrypt')}:")
        for user, scheme in (("root", "yescrypt"), ("operator", "sha512crypt"),
                             ("maintainer", "descrypt")):
            line = next(one for one in node.files["etc/shadow"].splitlines() if
                        one.startswith(user + ":"))
            fields = line.split(":")
            fields[1] = self.hash(f"{user} in shadow", scheme)
            node.edit("etc/shadow", line, ":".join(fields))
        node.file("etc/shadow-", f"old:{self.hash('shadow-', 'sha512crypt')}:19000::::::\n", 0o600)
        node.file("etc/gshadow", f"sudo:{self.hash('gshadow', 'sha512crypt')}::maintainer\n", 0o640)
        node.edit("etc/group", "sudo:x:", f"sudo:{self.hash('group', 'md5crypt')}:")
        node.file("etc/security/opasswd",
                  f"operator:1000:1:{self.hash('opasswd', 'sha512crypt')}\n", 0o600)
        node.append("etc/sudoers", f"# the password is {self.secret('comment of sudoers')}\n")
        node.append("etc/ssh/sshd_config", f"# the password is {self.secret('comment of sshd')}\n")
        for name in ("etc/ssh/ssh_host_ed25519_key", "etc/ssl/private/portal.pem",
                     "opt/femto/ipsec.pem"):
            node.file(name, self.key(name), 0o600)
        node.file("home/operator/.ssh/authorized_keys",
                  f'command="get --token={self.secret("command of a key")}" {self.authorized()}\n')
        self.arguments(node)
        self.portal(node)
        return node

    def authorized(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/k"],
                           check=True)
            self.search.add("key of a login", private_part(f"{folder}/k"))
            with open(f"{folder}/k.pub") as f:
                return f.read().strip()

    def arguments(self, node):
        python = "/usr/bin/python3.11"
        for number, words in enumerate((
                ("/opt/femto/bin/oamd", "/opt/femto/bin/oamd", f"--password={self.secret('oamd')}"),
                ("/opt/femto/bin/oamd", f"oamd: token={self.secret('title of oamd')}"),
                ("/usr/bin/bash", "bash", "-c", f"mysql -p{self.secret('bash -c')}"),
                (python, "python3", "-c", f"login('{self.secret('python -c')}')"),
                (python, "python3", "-Xpw=" + self.secret("python -X"), "/usr/lib/femto/watchdog.py",
                 "--token", self.secret("python script")),
                ("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-o",
                 f"Banner={self.secret('sshd -o')}"),
                ("/usr/sbin/inetd", "/usr/sbin/inetd", self.secret("inetd")),
                ("/usr/bin/sleep", f"[kworker/0:2 {self.secret('title of a false kworker')}]"),
                ("/opt/femto/bin/oamd", f"/usr/bin/sudo --password={self.secret('false path')}"))):
            node.process(500 + number, words[0], *words[1:])
        node.file("proc/500/environ", f"PASSWORD={self.secret('environ')}\0")
        node.file("etc/inetd.conf", "2323 stream tcp nowait root /usr/sbin/telnetd telnetd "
                  f"--password={self.secret('inetd.conf')}\n")
        node.file("etc/systemd/system/oamd.service", "[Service]\nExecStart=/opt/femto/bin/oamd "
                  f"--password={self.secret('unit')}\nEnvironment=PW={self.secret('Environment')}\n")

    def portal(self, node):
        """A Web login whose own files hold the hashes of its users beside what is mapped."""
        node.file(PORTAL, f"[password]\nminimum = 8\n[user]\nadmin = {self.hash('ini', 'yescrypt')}\n"
                  f"guest = {self.hash('ini', 'descrypt')}\nold = {self.hash('ini', 'md5crypt')}\n"
                  f"plain = {self.secret('plain password of the ini')}\n")
        node.file(USERS, json.dumps({"admin": {"hash": self.hash("json", "sha512crypt")}}))
        node.file(f"{MAPPINGS}/portal.json", mapping(
            f"/{PORTAL}", "ini", ("min-length", "password/minimum", {}),
            ("hash-scheme", "user/guest", {}), ("max-age", "user/admin", {"multiply": 1})))
        node.file(FACTS, facts())

    # What is told by a session, kept to be searched.

    def keep(self, name, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.outputs[name] = self.outputs.get(name, b"") + data

    def get(self, m, path):
        return m.get(filter=("xpath", (NS, path))).xml

    def collect_now(self, m):
        rows = "".join(f"<category xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:{name}"
                       "</category>" for name in CATEGORIES)
        from ncclient.xml_ import to_ele
        self.keep("reply of collect-now",
                  m.dispatch(to_ele(f'<collect-now xmlns="{NS["fs"]}">{rows}</collect-now>')).xml)

    def ask_for_all(self, m):
        self.keep("reply of get", m.get().xml)
        self.keep("reply of get-config", m.get_config("running").xml)
        for name in ("femto-security", "femto-security-types", "femto-agent-access"):
            self.keep("reply of get-schema", m.get_schema(name).data)

    def told(self, subscriber, text):
        def arrived():
            one = subscriber.take_notification(timeout=1)
            if one:
                self.keep("notifications", one.notification_xml)
            return text.encode() in self.outputs.get("notifications", b"")
        house.wait_for(f"{text!r} in a notification", arrived, 60)

    def drain(self, subscriber):
        while one := subscriber.take_notification(timeout=0.2):
            self.keep("notifications", one.notification_xml)

    # What happens on the node.

    def read(self, path):
        with open(f"{self.root}/{path}") as f:
            return f.read()

    def write(self, path, text):
        os.makedirs(os.path.dirname(f"{self.root}/{path}"), exist_ok=True)
        with open(f"{self.root}/{path}", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())

    def field(self, path, name, value):
        lines = [one.split(":") for one in self.read(path).splitlines()]
        for line in lines:
            if line[0] == name:
                line[1] = value
        self.write(path, "".join(":".join(line) + "\n" for line in lines))

    def garbled(self):
        """(what is wrong, the file, its text); each is undone before the next."""
        shadow, passwd, group = (self.read(f"etc/{name}") for name in ("shadow", "passwd", "group"))
        one = self.hash("a garbled line", "sha512crypt")
        des = self.hash("a garbled line", "descrypt")
        words = self.secret("a garbled line of words")
        yield "no colon", "etc/shadow", shadow + f"{one}\noperator{des}\n"
        yield "wrong order", "etc/shadow", shadow + f"new:19000:{one}:::::\n"
        yield "cut in two", "etc/shadow", shadow + f"new:{one[:40]}\n{one[40:]}:1:2:3:4:5::\n"
        yield "no user id", "etc/passwd", passwd + f"new:{one}\nnew:x:{one}:1::/:/bin/sh\n" \
            f"new:x:1:{des}::/:/bin/sh\n"
        yield "bytes", "etc/passwd", passwd.encode() + f"new\xff:{one}:\0{one}\n".encode("latin-1")
        yield "no group id", "etc/group", group + f"new:{one}\nnew:x:{one}:operator\n"
        yield "syntax", "etc/sudoers.d/x", f"operator ALL=(root /bin/x # {words}\n"
        yield "quote", "etc/sudoers.d/x", f'operator ALL=(root) "/bin/x {words}\n'
        yield "a key", "etc/sudoers.d/x", self.key("a key among the sudoers")
        yield "NUL", "etc/pam.d/common-auth", \
            f"auth optional pam_mysql.so passwd={words} crypt=1\0\n" + self.read("etc/pam.d/common-auth")
        yield "arguments", "etc/pam.d/common-auth", \
            f"auth optional pam_mysql.so passwd={words}\n" + self.read("etc/pam.d/common-auth")
        yield "quote", "etc/ssh/sshd_config", f'Banner "/etc/issue # {words}\n'
        yield "NUL", "etc/ssh/sshd_config", f"# {words}\0\n"
        yield "a key", "home/operator/.ssh/authorized_keys", self.key("a key among the authorized")
        yield "syntax", USERS, f'{{"admin": {{"hash": "{one}", "hash" "{one}"}}}}'
        for format in ("json", "xml", "uci", "key-value"):
            self.write(f"{MAPPINGS}/users.json", mapping(
                f"/{USERS}", format, ("hash-scheme", "admin/hash", {})))
            yield format, USERS, f"<!DOCTYPE {one}>\nconfig '{one}\n"
        for key in ("guest", "old", "plain", "admin"):
            for leaf in ("hash-scheme", "min-length", "enforced"):
                yield f"{leaf} is {key}", f"{MAPPINGS}/users.json", mapping(
                    f"/{PORTAL}", "ini", (leaf, f"user/{key}", {}))
        yield "syntax", FACTS, facts()[:-3] + f'"{one}"'
        yield "a number", FACTS, facts(**{"min-length": one})
        yield "no leaf", FACTS, facts(**{"hash": one})
        yield "too long", FACTS, facts(**{"hash-scheme": one})

    def garble(self, m):
        for what, path, text in list(self.garbled()):
            former = self.read(path) if os.path.exists(f"{self.root}/{path}") else None
            self.write(path, text)
            self.collect_now(m)
            status = "/fs:femto-security/fs:status/fs:category"
            self.keep(f"status of {path}: {what}", self.get(m, status))
            self.snapshots(f"{path}: {what}")
            if former is None:
                os.remove(f"{self.root}/{path}")
            else:
                self.write(path, former)

    def snapshots(self, what):
        for form in ("json", "xml"):
            done = subprocess.run([house.AGENT, "snapshot", "--root", self.root, "--format", form],
                                  capture_output=True, check=True)
            self.keep(f"snapshot, {form}: {what}", done.stdout)
            self.keep(f"stderr of snapshot: {what}", done.stderr)
            if form == "json" and what == "sound":
                with open(f"{self.folder}/snapshot.json", "wb") as f:
                    f.write(done.stdout)

    def ask_collector(self):
        self.collect()
        house.wait_for("a verdict", lambda: self.json("node", "n1")["results"], 60)
        for words in (("node", "n1"), ("findings", "--all"), ("nodes",)):
            for form in ("table", "json"):
                self.keep(f"femtowatch {words[0]}", self.command(*words, "--format", form).stdout)
        done = subprocess.run([house.COMMAND, "check", f"{self.folder}/snapshot.json"],
                              capture_output=True)
        self.keep("femtowatch check", done.stdout + done.stderr)
        learned = f"{self.folder}/learned.json"
        subprocess.run([house.COMMAND, "baseline", "learn", "--output", learned,
                        f"{self.folder}/snapshot.json"], check=True, capture_output=True)
        with open(learned) as f:
            self.keep("femtowatch baseline learn", f.read())

    def no_core(self):
        """A core file would hold what the prober read, or the host keys."""
        for daemon in self.daemons:
            for pid in [daemon.pid, *house.children(daemon.pid).values()]:
                with open(f"/proc/{pid}/limits") as f:
                    line = next(one for one in f if one.startswith("Max core file size"))
                self.assertEqual(line.split()[4:6], ["0", "0"], f"{daemon.log}: process {pid}")
            for role, pid in house.children(daemon.pid).items():
                # proc(5): what may not be dumped or traced belongs to root.
                self.assertEqual(os.stat(f"/proc/{pid}/environ").st_uid, 0, f"{daemon.log}: {role}")

    def test_no_secret_is_let_out(self):
        self.read_once()
        with self.connect() as subscriber, self.connect() as m:
            subscriber.create_subscription(stream_name="femto-security")
            self.collect_now(m)
            self.ask_for_all(m)
            self.snapshots("sound")
            self.field("etc/shadow", "operator", self.hash("a new password", "md5crypt"))
            self.told(subscriber, "md5crypt")
            self.field("etc/shadow", "operator", self.hash("a newer password", "yescrypt"))
            self.garble(m)
            self.drain(subscriber)
        with self.connect("engineer") as m:
            self.ask_for_all(m)
        self.ask_collector()
        self.no_core()
        for daemon in self.daemons:
            self.assertEqual(daemon.stop(), 0)
        for place in ("agent", "collector"):
            for path in [f"{self.folder}/{place}.log", *files_below(f"{self.folder}/{place}")]:
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        self.keep(path.replace(self.folder, ""), f.read())
        self.judge()

    def judge(self):
        """What is public is found where it belongs, so that nothing found means something."""
        for part, name in (("maintainer", "notifications"), ("maintainer", "reply of get"),
                           ("sequence-number", "reply of collect-now"), ("sha512crypt", "snapshot, json: sound"),
                           ("watchdog.py", "snapshot, xml: sound"),
                           ("/etc/ssl/private/portal.pem", "reply of get"), ("read in", "/agent.log"),
                           ("maintainer", "/collector/store.sqlite"), (PORTAL, "femtowatch check")):
            found = [kept for kept in self.outputs if kept.startswith(name)]
            self.assertTrue(any(part.encode() in self.outputs[kept] for kept in found), (part, name))
        reports = [one for one in self.outputs if one.startswith("/agent/")]
        self.assertTrue(any(b"maintainer" in self.outputs[one] for one in reports), reports)
        control = self.secret("control")
        self.assertEqual(list(self.search.leaks(b"<a>" + control[5:14].encode())), ["control"])
        size = sum(map(len, self.outputs.values()))
        print(f"{len(self.search.names)} secrets, {len(self.outputs)} outputs of {size >> 10} KiB")
        found = {kept: leaks for kept, data in self.outputs.items()
                 if (leaks := self.search.leaks(data))}
        self.assertEqual(found, {}, "\n".join(
            f"{secret} in {kept}: ...{around}..." for kept, leaks in found.items()
            for secret, around in leaks.items())[:20000])


if __name__ == "__main__":
    unittest.main(verbosity=2)
