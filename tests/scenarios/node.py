"""A healthy femto node as a folder that `femtowatch-agent snapshot --root` reads: a Debian 12 with
SSH on the OAM network, IPsec, a gNB and its watchdog, with processes and sockets below proc/. A
scenario changes a copy of it."""
import copy
import os
import socket
import struct

OAM, BACKHAUL, BOOTED = "10.1.0.7", "10.2.0.7", 1700000000
YESCRYPT = "$y$j9T$" + 22 * "0" + "$" + 43 * "0"
KERNEL_THREAD, USER_PROGRAM = 0x208040, 0x400100
TABLES = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")
NUMBER = {"listen": "0A", "unconnected": "07", "connected": "01"}
HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout" \
         " inode\n"
PROGRAMS = ("/usr/lib/systemd/systemd", "/usr/sbin/sshd", "/usr/sbin/chronyd",
            "/usr/lib/ipsec/charon", "/usr/bin/python3.11", "/usr/bin/bash", "/usr/bin/sudo",
            "/usr/sbin/inetd", "/usr/bin/sleep", "/opt/femto/bin/gnb-cu", "/opt/femto/bin/oamd")
MODULES = ("access", "deny", "faildelay", "faillock", "permit", "pwhistory", "pwquality", "succeed_if", "unix")

FILES = {
    "etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n",
    "etc/passwd": """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
chrony:x:104:104::/var/lib/chrony:/usr/sbin/nologin
femto:x:998:998::/opt/femto:/usr/sbin/nologin
operator:x:1000:1000::/home/operator:/bin/bash
maintainer:x:1001:1001::/home/maintainer:/bin/bash
viewer:x:1002:1002::/home/viewer:/bin/bash
""",
    "etc/group": """\
root:x:0:
daemon:x:1:
sudo:x:27:maintainer
chrony:x:104:
femto:x:998:
operator:x:1000:
maintainer:x:1001:
viewer:x:1002:
nogroup:x:65534:
""",
    "etc/shadow": "root:!:19500:0:99999:7:::\n" + "".join(
        f"{name}:!:19500::::::\n" for name in ("daemon", "sshd", "chrony", "femto")) + "".join(
            f"{name}:{YESCRYPT}:19700:0:365:7:::\n" for name in ("operator", "maintainer", "viewer")),
    "etc/shells": "/bin/sh\n/bin/bash\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\n",
    "etc/sudoers": """\
Defaults env_reset
root ALL=(ALL:ALL) ALL
%sudo ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
""",
    "etc/sudoers.d/operator": "operator ALL=(root) /usr/bin/systemctl restart gnb\n",
    "etc/ssh/sshd_config": f"""\
Include /etc/ssh/sshd_config.d/*.conf
ListenAddress {OAM}
PermitRootLogin no
KbdInteractiveAuthentication no
UsePAM yes
MaxAuthTries 3
LoginGraceTime 60
ClientAliveInterval 300
""",
    "etc/pam.d/common-auth": """\
auth required pam_faillock.so preauth
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth sufficient pam_faillock.so authsucc
auth requisite pam_deny.so
auth required pam_permit.so
""",
    "etc/pam.d/common-account": """\
account required pam_faillock.so
account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
""",
    "etc/pam.d/common-password": """\
password requisite pam_pwquality.so retry=3
password required pam_pwhistory.so remember=5 use_authtok
password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt
password requisite pam_deny.so
password required pam_permit.so
""",
    "etc/pam.d/common-session": "session required pam_unix.so\n",
    "etc/security/pwquality.conf": "minlen = 14\nminclass = 3\nenforce_for_root\n",
    "etc/security/faillock.conf": "deny = 5\nunlock_time = 900\n",
    "etc/login.defs": "PASS_MAX_DAYS 365\nPASS_MIN_DAYS 1\nENCRYPT_METHOD YESCRYPT\n",
    "usr/lib/systemd/system/ssh.service":
        "[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n[Install]\n"
        "WantedBy=multi-user.target\nAlias=sshd.service\n",
    "usr/lib/femto/watchdog.py": "# watches the gNB\n",
    "usr/lib/libfemto.so": "ELF libfemto",
    "var/lib/dpkg/status": "Package: openssh-server\nStatus: install ok installed\n"
                           "Architecture: amd64\nVersion: 1:9.2p1-2\n",
    "proc/stat": f"cpu  1 2 3\nbtime {BOOTED}\n",
    "proc/net/if_inet6": "fe80000000000000020000fffe000001 02 40 20 80     eth0\n",
    "proc/net/route": "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\t"
                      "IRTT\noam0\t0000010A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                      "wan0\t0000020A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n",
    "proc/net/fib_trie": "Main:\n  +-- 0.0.0.0/0 3 0 5\n" + "".join(
        f"     |-- {address}\n        /32 host LOCAL\n" for address in (OAM, BACKHAUL, "127.0.0.1")),
}
for service in ("sshd", "login", "other", "passwd"):
    FILES["etc/pam.d/" + service] = "".join(
        f"@include common-{kind}\n" for kind in ("auth", "account", "session", "password"))

LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib",
         "usr/sbin/init": "../lib/systemd/systemd", "usr/bin/python3": "python3.11",
         "etc/systemd/system/sshd.service": "/lib/systemd/system/ssh.service",
         "etc/systemd/system/multi-user.target.wants/ssh.service": "/lib/systemd/system/ssh.service"}


def address_words(text):
    """An address as the tables of proc(5) write it: words of 32 bits in the host's order."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    raw = socket.inet_pton(family, text)
    return "".join("%08X" % word for (word,) in struct.iter_unpack("=I", raw))


class Node:
    def __init__(self):
        self.files, self.links, self.modes, self.times = dict(FILES), dict(LINKS), {}, {}
        self.processes, self.sockets, self.hooks, self.inode = {}, [], [], 1000
        for path in PROGRAMS:
            self.program(path)
        for name in MODULES:
            self.file(f"usr/lib/x86_64-linux-gnu/security/pam_{name}.so", "ELF " + name)
        self.modes.update({"usr/bin/sudo": 0o4755, "etc/shadow": 0o640, "usr/lib/libfemto.so": 0o644})
        self.process(1, "/usr/lib/systemd/systemd", "/sbin/init", parent=0)
        self.process(2, None, name="kthreadd", parent=0)
        self.process(12, None, name="kworker/0:1-events", parent=2)
        self.process(400, "/usr/sbin/sshd",
                     "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", unit="ssh.service")
        self.process(410, "/usr/sbin/chronyd", user=104, unit="chrony.service")
        self.process(420, "/usr/lib/ipsec/charon", unit="strongswan.service")
        self.process(430, "/opt/femto/bin/gnb-cu", user=998, unit="gnb.service")
        self.process(440, "/usr/bin/python3.11", "python3", "/usr/lib/femto/watchdog.py",
                     unit="watchdog.service")
        self.listen("tcp", OAM, 22, 400)
        self.listen("udp", "127.0.0.1", 323, 410)
        self.listen("udp", BACKHAUL, 500, 420)
        self.listen("udp", BACKHAUL, 4500, 420)
        self.listen("raw", "0.0.0.0", 50, 420)
        self.listen("udp", "0.0.0.0", 2152, None)

    # Changes.

    def file(self, path, content, mode=None, time=None):
        self.files[path] = content
        if mode is not None:
            self.modes[path] = mode
        if time is not None:
            self.times[path] = time

    def append(self, path, content):
        self.files[path] += content

    def edit(self, path, old, new):
        assert old in self.files[path], f"{path}: no {old!r}"
        self.files[path] = self.files[path].replace(old, new)

    def remove(self, *paths):
        for path in paths:
            if self.files.pop(path, None) is None:
                del self.links[path]

    def link(self, path, target):
        self.files.pop(path, None)
        self.links[path] = target

    def program(self, path, content=None, mode=0o755):
        self.file(path.lstrip("/"), content or "\x7fELF" + path, mode)

    def afterwards(self, hook):
        """hook(root) is called when the folder is there; it may raise OSError to leave it out."""
        self.hooks.append(hook)

    def process(self, pid, executable, *words, name=None, user=0, parent=1, unit=None, start=1000,
                namespace=None, flags=None):
        if executable and not words:
            words = (executable,)
        name = name or os.path.basename(executable.replace(" (deleted)", ""))
        self.processes[pid] = {
            "exe": executable, "words": words, "name": name[:15], "user": user, "parent": parent,
            "unit": unit, "start": start + pid, "namespace": namespace, "flags":
            flags or (USER_PROGRAM if executable else KERNEL_THREAD)}

    def end(self, pid):
        """A process ends, and its sockets are closed."""
        del self.processes[pid]
        self.sockets = [s for s in self.sockets if s["pid"] != pid]

    def listen(self, protocol, address, port, pid, remote=None, state=None, namespace=None):
        """A socket; without a pid nobody but the kernel holds it."""
        self.inode += 1
        state = state or ("listen" if protocol in ("tcp", "sctp") else "unconnected")
        self.sockets.append({
            "protocol": protocol, "address": address, "port": port, "pid": pid, "state": state,
            "remote": remote, "inode": self.inode, "namespace": namespace})

    # Writing.

    def write(self, root):
        node = copy.deepcopy(self)
        node.tables("proc/net", None)
        for pid, process in node.processes.items():
            node.proc(pid, process)
        for path, content in node.files.items():
            at = f"{root}/{path}"
            os.makedirs(os.path.dirname(at), exist_ok=True)
            with open(at, "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
            os.chmod(at, node.modes.get(path, 0o644))
            if not path.startswith("proc/"):  # whose files are always new
                os.utime(at, 2 * (node.times.get(path, BOOTED - 1000),))
        for path, target in node.links.items():
            os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
            os.symlink(target, f"{root}/{path}")
        for hook in node.hooks:
            hook(root)

    def proc(self, pid, process):
        at = f"proc/{pid}"
        numbers = [process["parent"], pid, pid, 0, -1, process["flags"], 100, 0, 0, 0, 1, 1, 0, 0, 20,
                   0, 1, 0, process["start"], 1000000, 200] + 28 * [0]
        self.files[f"{at}/stat"] = f"{pid} ({process['name']}) S " + " ".join(map(str, numbers)) + "\n"
        if process["exe"] is None:
            return
        user = "\t".join(4 * [str(process["user"])])
        capabilities = "000001ffffffffff" if process["user"] == 0 else "0000000000000000"
        self.files[f"{at}/status"] = (
            f"Name:\t{process['name']}\nState:\tS (sleeping)\nTgid:\t{pid}\nPid:\t{pid}\n"
            f"PPid:\t{process['parent']}\nUid:\t{user}\nGid:\t{user}\nCapEff:\t{capabilities}\n")
        self.files[f"{at}/cmdline"] = "\0".join(process["words"]) + "\0"
        self.links[f"{at}/exe"] = process["exe"]
        self.links[f"{at}/fd/0"] = "/dev/null"
        if process["unit"]:
            self.files[f"{at}/cgroup"] = f"0::/system.slice/{process['unit']}\n"
        if any(p["namespace"] for p in self.processes.values()):
            self.links[f"{at}/ns/net"] = f"net:[{process['namespace'] or 4026531840}]"
        if process["namespace"]:
            self.tables(f"{at}/net", process["namespace"])
        for number, one in enumerate(s for s in self.sockets if s["pid"] == pid):
            self.links[f"{at}/fd/{number + 3}"] = f"socket:[{one['inode']}]"

    def tables(self, folder, namespace):
        rows = {name: [] for name in TABLES}
        endpoints = []
        for one in self.sockets:
            if one["namespace"] != namespace:
                continue
            user = self.processes[one["pid"]]["user"] if one["pid"] else 0
            six = ":" in one["address"]
            if one["protocol"] == "sctp":
                endpoints.append(f"ffff888012345678 ffff888012345000 2   10  29   {one['port']}     "
                                 f"{user}   {one['inode']} {one['address']} \n")
                continue
            other, port = one["remote"] or ("::" if six else "0.0.0.0", 0)
            rows[one["protocol"] + ("6" if six else "")].append(
                f"{address_words(one['address'])}:{one['port']:04X} {address_words(other)}:{port:04X} "
                f"{NUMBER[one['state']]} 00000000:00000000 00:00000000 00000000 {user} 0 "
                f"{one['inode']} 1 0000000000000000 100 0 0 10 0\n")
        for name, lines in rows.items():
            self.files[f"{folder}/{name}"] = HEADER + "".join(
                f"  {number:2}: {line}" for number, line in enumerate(lines))
        self.files[f"{folder}/packet"] = \
            "sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n"
        for name in ("dev_mcast", "igmp"):
            self.files[f"{folder}/{name}"] = ""
        for name in ("if_inet6", "route", "fib_trie"):
            self.files.setdefault(f"{folder}/{name}", self.files[f"proc/net/{name}"])
        if endpoints:
            self.files[f"{folder}/sctp/eps"] = " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE" \
                " LADDRS\n" + "".join(endpoints)
