"""Measures the running programs beside packaged peers. Absolute times are of this machine and this
minute; what counts are the ratios."""
import os
import selectors
import statistics
import sys
import tempfile
import time

import events
import house
import measure
from house import AGENT, NS
from measure import BASE, Bench, Raw, cpu, cpu_ms, figure, line, processes, pss, subtree, ticks


def differences(more, less):
    """Of each run, without what another command takes at its median."""
    return [value - statistics.median(less) for value in more]


def snapshot():
    live = [AGENT, "snapshot"]
    for category in ("user-permissions", "running-processes", "open-ports"):
        live += ["--category", category]
    peer = statistics.median(cpu(["ss", "-tulpn"])) + statistics.median(cpu(["ps", "-ef"]))
    of = f" = 0.15 x {peer:.0f}"  # of ss and ps together
    figure("snapshot of users, processes, ports: CPU (ss + ps -ef)", cpu(live), "ms", 0.15 * peer, of=of)
    for category in ("running-processes", "open-ports"):
        figure(f"  {category} alone", cpu([AGENT, "snapshot", "--category", category]), "ms")
    with tempfile.TemporaryDirectory() as empty:
        figure("  of which start of the program and its YANG context",
               cpu([AGENT, "snapshot", "--root", empty]), "ms")


def hashing():
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as empty:
        os.makedirs(f"{root}/usr/bin")
        big = f"{root}/usr/bin/big"
        with open(big, "wb") as f:
            for _ in range(512):
                f.write(os.urandom(1 << 20))
        look = [AGENT, "snapshot", "--category", "software-integrity", "--root"]
        peer = differences(cpu(["openssl", "dgst", "-sha256", big]), cpu(["openssl", "version"]))
        most = statistics.median(peer) / 0.95
        figure("hashing 512 MiB: CPU (openssl dgst -sha256)",
               differences(cpu([*look, root]), cpu([*look, empty])), "ms", most, of=" = openssl / 0.95")


def idle(b, all_of_it, what):
    """CPU of the agent's processes over some time at rest, and of those that have a role."""
    roles = house.children(b.agent.pid)
    used = {pid: [] for pid in all_of_it}
    for _ in range(measure.RUNS):
        before = {pid: ticks([pid]) for pid in all_of_it}
        start = time.monotonic()
        time.sleep(10)
        took = time.monotonic() - start
        for pid in all_of_it:
            used[pid].append((ticks([pid]) - before[pid]) / took * 100)
    figure(f"{what}: CPU", [sum(run) for run in zip(*used.values())], "%", 0.1)
    for role, pid in sorted(roles.items()):
        figure(f"  {role}", used[pid], "%")


def rest():
    with Bench() as b:
        session = Raw(b.folder, b.port)
        b.settle(session)
        all_of_it = processes(b.agent.pid)
        idle(b, all_of_it, "agent at rest, shipped collection, 1 session")
        memory = pss(all_of_it)
        figure("agent at rest: PSS of all processes", [memory], "MB", 11)
        for role, pid in sorted(house.children(b.agent.pid).items()):
            figure(f"  {role}", [pss([pid])], "MB")
        more = [Raw(b.folder, b.port) for _ in range(20)]
        idle(b, processes(b.agent.pid), "the same with 21 sessions")
        figure("each further session: PSS", [(pss(processes(b.agent.pid)) - memory) / 20], "MB", 0.5)
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
    """Each run's median, and what the server computes for each."""
    server = house.children(b.agent.pid)["server"]
    p50s, busy, size = [], [], 0
    for _ in range(measure.RUNS):
        before = cpu_ms(server)
        p50, size = session.p50(body, count)
        busy.append((cpu_ms(server) - before) / count)
        p50s.append(p50)
    figure(f"{what} ({size / 1024:.1f} KiB): p50", p50s, "ms", budget)
    figure("  CPU of the server for each", busy, "ms")


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
                rates = [at_once(sessions, leaf, 300) for _ in range(measure.RUNS)]
                figure("get of one leaf, 16 sessions", rates, "/s", 11000, least=True)
                for one in sessions[1:]:
                    one.close()
                edits(b, session)
            session.close()


def edits(b, session):
    edit = '<edit-config><target><running/></target><config><femto-security xmlns="%s">' \
           '<collection><heartbeat-interval>%d</heartbeat-interval></collection>' \
           '</femto-security></config></edit-config>'
    p50s, sync = [], []
    for _ in range(measure.RUNS):
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
    one = statistics.median(sync)
    figure("edit-config of one leaf, persisted: p50", p50s, "ms", 1.5 + one, of=" = 1.5 + fsync")


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
            for _ in range(measure.RUNS):
                before = cpu_ms(server)
                rate, size = deliveries(sessions[:count], request, 800)
                rates.append(rate)
                busy.append((cpu_ms(server) - before) / count / 800 * 1000)
            figure(f"reports of {size:.0f} bytes resent to {count} session{'s' * (count > 1)}", rates,
                   "/s", budget, least=True)
            figure("  CPU of the server for each", busy, "us")
        for one in sessions:
            one.close()


def stored():
    """Reports a second."""
    with Bench() as b:
        b.collect()

        def reports():
            return b.json("nodes")["nodes"][0]["reports"]

        house.wait_for("first reports", reports, 60)
        b.collector.stop()
        b.daemons.remove(b.collector)
        session, _, _ = fill_log(b, 900)
        session.close()
        start = time.perf_counter()
        b.start_collector()
        house.wait_for("all reports in the store", lambda: reports() >= 900, 120)
        return 900 / (time.perf_counter() - start)


def store():
    figure("reports replayed, judged and stored (start included)",
           [stored() for _ in range(measure.RUNS)], "/s", 3000, least=True)


ALL = {f.__name__: f
       for f in (snapshot, hashing, rest, get, notifications, store, events.latency, events.wire)}

if __name__ == "__main__":
    names = sys.argv[1:]
    if names[:1] == ["--runs"]:
        if len(names) < 2 or not names[1].isdigit() or int(names[1]) == 0:
            sys.exit(f"tools/bench: --runs is {names[1] if len(names) > 1 else ''!r}")
        measure.RUNS = int(names[1])
        names = names[2:]
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"tools/bench: there is no {unknown[0]!r}; there are {', '.join(ALL)}")
    line("what", "ours: median (least-most)", "target", "ratio")
    for name in names or ALL:
        ALL[name]()
