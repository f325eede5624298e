"""Measures the running programs beside packaged peers. Absolute times are of this machine and this
minute; what counts are the ratios."""
import json
import os
import resource
import selectors
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

import house
from house import AGENT, NS

RUNS = 5
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"


def cpu(command, runs=RUNS):
    """Median CPU milliseconds (user and system, children included) of a command."""
    times = []
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return statistics.median(times[1:])


def processes(pid):
    """A daemon's process and all below it."""
    found = [pid]
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        for child in f.read().split():
            found += processes(int(child))
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


def line(what, ours, peer="", ratio=""):
    print(f"{what:<58} {ours:>16} {peer:>22} {ratio:>8}", flush=True)


def subtree(inner):
    return f'<get><filter type="subtree"><femto-security xmlns="{NS["fs"]}">{inner}' \
           '</femto-security></filter></get>'


def snapshot():
    live = [AGENT, "snapshot"]
    for category in ("user-permissions", "running-processes", "open-ports"):
        live += ["--category", category]
    ours = cpu(live)
    peer = cpu(["ss", "-tulpn"]) + cpu(["ps", "-ef"])
    line("snapshot of users, processes, ports: CPU (ss + ps -ef)", f"{ours:.1f} ms", f"{peer:.1f} ms",
         f"{ours / peer:.2f}")
    for category in ("running-processes", "open-ports"):
        ours = cpu([AGENT, "snapshot", "--category", category])
        line(f"  {category} alone", f"{ours:.1f} ms", "", f"{ours / peer:.2f}")
    with tempfile.TemporaryDirectory() as empty:
        ours = cpu([AGENT, "snapshot", "--root", empty])
        line("  of which start of the program and its YANG context", f"{ours:.1f} ms", "",
             f"{ours / peer:.2f}")


def hashing():
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(f"{root}/usr/bin")
        big = f"{root}/usr/bin/big"
        with open(big, "wb") as f:
            for _ in range(512):
                f.write(os.urandom(1 << 20))
        empty = tempfile.TemporaryDirectory()
        start = cpu([AGENT, "snapshot", "--root", empty.name, "--category", "software-integrity"])
        ours = cpu([AGENT, "snapshot", "--root", root, "--category", "software-integrity"]) - start
        peer = cpu(["openssl", "dgst", "-sha256", big]) - cpu(["openssl", "version"])
        line("hashing 512 MiB: CPU (openssl dgst -sha256)", f"{ours:.0f} ms", f"{peer:.0f} ms",
             f"{ours / peer:.2f}")


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


def idle(b, all_of_it, what):
    """CPU of the agent's processes over half a minute, and of those that have a role."""
    roles = house.children(b.agent.pid)
    before = {pid: ticks([pid]) for pid in all_of_it}
    start = time.monotonic()
    time.sleep(30)
    took = time.monotonic() - start
    used = {pid: (ticks([pid]) - before[pid]) / took * 100 for pid in all_of_it}
    total = sum(used.values())
    line(f"{what}: CPU", f"{total:.2f} %", "budget 0.1 %", f"{total / 0.1:.1f}")
    for role, pid in sorted(roles.items()):
        line(f"  {role}", f"{used[pid]:.2f} %")


def rest():
    with Bench() as b:
        session = Raw(b.folder, b.port)

        def settled():  # all files are hashed
            status = session.rpc(subtree("<status/>"))
            return not any(mark in status for mark in (b"resource-limited", b"not-collected"))

        house.wait_for("the end of the first reading", settled, 900)
        all_of_it = processes(b.agent.pid)
        idle(b, all_of_it, "agent at rest, shipped collection, 1 session")
        memory = pss(all_of_it)
        line("agent at rest: PSS of all processes", f"{memory:.1f} MB", "budget 11 MB",
             f"{memory / 11:.2f}")
        for role, pid in sorted(house.children(b.agent.pid).items()):
            line(f"  {role}", f"{pss([pid]):.1f} MB")
        more = [Raw(b.folder, b.port) for _ in range(20)]
        idle(b, processes(b.agent.pid), "the same with 21 sessions")
        each = (pss(processes(b.agent.pid)) - memory) / 20
        line("each further session: PSS", f"{each:.2f} MB", "budget 0.5 MB", f"{each / 0.5:.2f}")
        for one in [session, *more]:
            one.close()


def root_of(users):
    """A folder with that many users and nothing else."""
    root = tempfile.TemporaryDirectory()
    os.chmod(root.name, 0o755)
    os.makedirs(f"{root.name}/etc")
    with open(f"{root.name}/etc/passwd", "w") as f:
        for i in range(users):
            f.write(f"user{i}:x:{1000 + i}:100:a user:/home/user{i}:/bin/sh\n")
    with open(f"{root.name}/etc/group", "w") as f:
        f.write("users:x:100:\n")
    return root


def median_p50(b, session, body, count, what, budget):
    """Median of RUNS medians, and what the server computes for each."""
    server = house.children(b.agent.pid)["server"]
    p50s, busy, size = [], [], 0
    for _ in range(RUNS):
        before = cpu_ms(server)
        p50, size = session.p50(body, count)
        busy.append((cpu_ms(server) - before) / count)
        p50s.append(p50)
    p50 = statistics.median(p50s)
    line(f"{what} ({size / 1024:.1f} KiB): p50", f"{p50:.3f} ms", f"budget {budget} ms",
         f"{p50 / budget:.2f}")
    line("  CPU of the server for each", f"{statistics.median(busy):.3f} ms")


def at_once(sessions, body, count):
    """Answers a second when each session asks again as soon as it is answered."""
    request = f'<rpc xmlns="{BASE}" message-id="1">{body}</rpc>'
    with selectors.DefaultSelector() as ready:
        left = {}
        for session in sessions:
            ready.register(session.out, selectors.EVENT_READ, session)
            left[session] = count
        start = time.perf_counter()
        for session in sessions:
            session.send(request)
        while left:
            for key, _ in ready.select(30):
                session = key.data
                if session.arrived()[0] == 0:
                    continue
                left[session] -= 1
                if left[session] == 0:
                    ready.unregister(key.fd)
                    del left[session]
                else:
                    session.send(request)
        return len(sessions) * count / (time.perf_counter() - start)


def get():
    users = subtree("<inventory><user-permissions><user/></user-permissions></inventory>")
    leaf = subtree("<status><agent-version/></status>")
    for count, budget in ((300, 1), (5000, 30)):
        with root_of(count) as root, Bench(root=root) as b:
            session = Raw(b.folder, b.port)
            house.wait_for(f"{count} users", lambda: session.rpc(users).count(b"<user>") == count, 60)
            median_p50(b, session, users, 60000 // count, f"get of {count} list entries", budget)
            median_p50(b, session, leaf, 500, f"get of one leaf beside {count} entries", 0.13)
            if count == 300:
                sessions = [session] + [Raw(b.folder, b.port) for _ in range(15)]
                rates = [at_once(sessions, leaf, 300) for _ in range(RUNS)]
                rate = statistics.median(rates)
                line("get of one leaf, 16 sessions", f"{rate:.0f} /s", "budget 11000 /s",
                     f"{rate / 11000:.2f}")
                for one in sessions[1:]:
                    one.close()
                edits(b, session)
            session.close()


def edits(b, session):
    edit = '<edit-config><target><running/></target><config><femto-security xmlns="%s">' \
           '<collection><heartbeat-interval>%d</heartbeat-interval></collection>' \
           '</femto-security></config></edit-config>'
    p50s, sync = [], []
    for _ in range(RUNS):
        times, syncs = [], []
        for i in range(40):
            start = time.perf_counter()
            assert b"<ok" in session.rpc(edit % (NS["fs"], 100 + i))
            times.append((time.perf_counter() - start) * 1000)
            with open(f"{b.folder}/sync", "w") as f:
                f.write("x" * 4096)
                f.flush()
                start = time.perf_counter()
                os.fsync(f.fileno())
            syncs.append((time.perf_counter() - start) * 1000)
        p50s.append(statistics.median(times))
        sync.append(statistics.median(syncs))
    p50, one = statistics.median(p50s), statistics.median(sync)
    line("edit-config of one leaf, persisted: p50", f"{p50:.2f} ms",
         f"1.5 ms + fsync {one:.2f}", f"{p50 / (1.5 + one):.2f}")


def fill_log(b, count):
    """`count` reports in the log of a small category."""
    session = Raw(b.folder, b.port)
    body = f'<collect-now xmlns="{NS["fs"]}"><category xmlns:t="urn:femtowatch:yang:' \
           'femto-security-types">t:password-configuration</category></collect-now>'
    house.wait_for("a first report", lambda: b"<epoch" in session.rpc(body), 30)
    for _ in range(count):
        reply = session.rpc(body)
    epoch = reply.decode().partition("<epoch")[2].partition(">")[2].partition("<")[0]
    last = int(reply.decode().partition("<sequence-number")[2].partition(">")[2].partition("<")[0])
    return session, epoch, last


def deliveries(sessions, request, each):
    """Notifications a second, all sessions together, that one request of each brings."""
    with selectors.DefaultSelector() as ready:
        missing = {}
        for session in sessions:
            ready.register(session.out, selectors.EVENT_READ, session)
            missing[session] = each + 1  # and the reply
        start = time.perf_counter()
        for session in sessions:
            session.send(request)
        size = 0
        while missing:
            for key, _ in ready.select(30):
                count, read = key.data.arrived()
                size += read
                missing[key.data] -= count
                if missing[key.data] == 0:
                    ready.unregister(key.fd)
                    del missing[key.data]
        took = time.perf_counter() - start
    return len(sessions) * each / took, size / len(sessions) / each


def notifications():
    with Bench() as b:
        session, epoch, last = fill_log(b, 900)
        resend = f'<resend-reports xmlns="{NS["fs"]}"><epoch>{epoch}</epoch><from-sequence>' \
                 f'{last - 799}</from-sequence><to-sequence>{last}</to-sequence></resend-reports>'
        request = f'<rpc xmlns="{BASE}" message-id="2">{resend}</rpc>'
        sessions = [session] + [Raw(b.folder, b.port) for _ in range(15)]
        server = house.children(b.agent.pid)["server"]
        for count, budget in ((1, 40000), (16, 20000)):
            rates, busy = [], []
            for _ in range(2 * RUNS):
                before = cpu_ms(server)
                rate, size = deliveries(sessions[:count], request, 800)
                rates.append(rate)
                busy.append((cpu_ms(server) - before) / count / 800 * 1000)
            rate = statistics.median(rates)
            line(f"reports of {size:.0f} bytes resent to {count} session{'s' * (count > 1)}",
                 f"{rate:.0f} /s", f"budget {budget} /s", f"{rate / budget:.2f}")
            line("  CPU of the server for each", f"{statistics.median(busy):.1f} us")
        for one in sessions:
            one.close()


def store():
    with Bench() as b:
        b.collect()
        reports = lambda: b.json("nodes")["nodes"][0]["reports"]
        house.wait_for("first reports", reports, 60)
        b.collector.stop()
        b.daemons.remove(b.collector)
        session, _, _ = fill_log(b, 900)
        session.close()
        start = time.perf_counter()
        b.start_collector()
        house.wait_for("all reports in the store", lambda: reports() >= 900, 120)
        took = time.perf_counter() - start
        line("reports replayed, judged and stored (start included)", f"{900 / took:.0f} /s",
             "budget 3000 /s", f"{900 / took / 3000:.2f}")


def latency():
    """From exec or listen to the row of the finding in SQLite, shipped collection."""
    with Bench() as b:
        b.collect(policy=b.baseline())
        house.wait_for("a verdict", lambda: {"unexpected-port", "unexpected-process"} <= {
            r["rule"] for r in b.json("node", "n1")["results"]}, 120)
        base = sqlite3.connect(f"file:{b.folder}/collector/store.sqlite?mode=ro", uri=True)

        def until(rule, part):
            start = time.perf_counter()
            while not base.execute("SELECT 1 FROM finding WHERE rule = ? AND instr(object, ?) AND"
                                   " state = 'open'", (rule, part)).fetchone():
                time.sleep(0.005)
                assert time.perf_counter() - start < 30, f"no finding of {part}"
            return (time.perf_counter() - start) * 1000

        ports, programs = [], []
        for i in range(20):
            s, port = house.listener("0.0.0.0")
            ports.append(until("unexpected-port", f"{port}"))
            s.close()
            program = f"{b.folder}/unlisted-{i}"
            shutil.copy("/bin/sleep", program)
            running = subprocess.Popen([program, "60"])
            programs.append(until("unexpected-process", program))
            running.kill()
            running.wait()
        for what, times in (("listen", ports), ("exec", programs)):
            line(f"{what} to row in SQLite, 20 times: median, worst",
                 f"{statistics.median(times):.0f} ms", f"{max(times):.0f} ms")


ALL = {f.__name__: f for f in (snapshot, hashing, rest, get, notifications, store, latency)}

if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in ALL]
    if unknown:
        sys.exit(f"tools/bench: there is no {unknown[0]!r}; there are {', '.join(ALL)}")
    line("what", "ours", "peer or budget", "ratio")
    for name in sys.argv[1:] or ALL:
        ALL[name]()
