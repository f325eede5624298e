"""What the measurements share: processes of an agent, a session that costs the client little, and the
table that is printed."""
import os
import resource
import statistics
import subprocess
import time

import house
from house import NS

RUNS = 5
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"


def cpu(command):
    """CPU milliseconds (user and system, children included) of each run of a command."""
    times = []
    for _ in range(RUNS + 1):  # the first one warms caches
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return times[1:]


def processes(pid):
    """A daemon's process and all below it."""
    found = [pid]
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            for child in f.read().split():
                found += processes(int(child))
    except (FileNotFoundError, ProcessLookupError):  # a session's, that has ended meanwhile
        return []
    return found


def pss(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total / 1024


def ticks(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            words = f.read().rpartition(")")[2].split()
            total += int(words[11]) + int(words[12])
    return total / os.sysconf("SC_CLK_TCK")


def cpu_ms(pid):
    """What a process has computed, finer than ticks."""
    with open(f"/proc/{pid}/schedstat") as f:
        return int(f.read().split()[0]) / 1e6


class Raw:
    """A NETCONF session through ssh(1) that parses nothing: the client costs little."""
    MARK, END = b"]]>]]>", b"\n##\n"  # of the hello, and of a message of base:1.1

    def __init__(self, folder, port, user="manager"):
        self.process = subprocess.Popen(
            ["ssh", "-F", "/dev/null", "-T", "-p", str(port), "-i", f"{folder}/{user}", "-o", "BatchMode=yes", "-o",
             "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
             "LogLevel=ERROR", f"{user}@127.0.0.1", "-s", "netconf"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.out = self.process.stdout.fileno()
        self.rest = bytearray()
        self.process.stdin.write(
            f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.1'
            '</capability></capabilities></hello>'.encode() + self.MARK)
        self.receive(self.MARK)

    def send(self, text):
        data = text.encode()
        self.process.stdin.write(b"\n#%d\n" % len(data) + data + self.END)

    def receive(self, end=END):
        looked = 0
        while (at := self.rest.find(end, looked)) < 0:
            looked = max(len(self.rest) - len(end) + 1, 0)
            block = os.read(self.out, 1 << 20)
            if not block:
                raise EOFError("the agent has closed the session")
            self.rest += block
        message = bytes(self.rest[:at])
        del self.rest[:at + len(end)]
        return message

    def arrived(self):
        """How many messages are whole now, after one more read; bytes of them."""
        block = os.read(self.out, 1 << 20)
        if not block:
            raise EOFError("the agent has closed the session")
        data = bytes(self.rest) + block
        self.rest = bytearray(data[data.rfind(self.END) + len(self.END):])
        return data.count(self.END), len(block)

    def rpc(self, body):
        self.send(f'<rpc xmlns="{BASE}" message-id="1">{body}</rpc>')
        return self.receive()

    def p50(self, body, count=200):
        times = []
        for _ in range(count):
            start = time.perf_counter()
            reply = self.rpc(body)
            times.append((time.perf_counter() - start) * 1000)
        return statistics.median(times), len(reply)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


def line(what, ours, target="", ratio=""):
    print(f"{what:<56} {ours:>34} {target:>26} {ratio:>6}", flush=True)


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def figure(what, values, unit, limit=None, least=False, of=""):
    """Median, least and most of several runs beside what it should be; a ratio over 1 is too much,
    or, of what should be at least so, a ratio under 1 too little."""
    middle = statistics.median(values)
    ours = short(middle)
    if len(values) > 1:
        ours += f" ({short(min(values))}-{short(max(values))} in {len(values)} runs)"
    if limit is None:
        line(what, f"{ours} {unit}")
    else:
        line(what, f"{ours} {unit}", f"at {'least' if least else 'most'} {short(limit)} {unit}{of}",
             f"{middle / limit:.2f}")


def subtree(inner):
    return f'<get><filter type="subtree"><femto-security xmlns="{NS["fs"]}">{inner}' \
           '</femto-security></filter></get>'


class Bench(house.House):
    """The programs with the shipped collection."""
    collection = {"node-id": "n1"}
    level = "info"

    def __init__(self, **given):
        super().__init__()
        vars(self).update(given)
        self._outcome = None

    def runTest(self):
        pass

    def categories(self):
        return None

    def __enter__(self):
        self.setUp()
        return self

    def __exit__(self, *_):
        self.doCleanups()

    def settle(self, session):
        """Waits until all files are hashed."""
        def settled():
            status = session.rpc(subtree("<status/>"))
            return not any(mark in status for mark in (b"resource-limited", b"not-collected"))

        house.wait_for("the end of the first reading", settled, 900)
