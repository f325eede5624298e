"""How long it takes from an event on the node until somebody is told."""
import os
import random
import re
import selectors
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

import house
from house import NS
from measure import BASE, Bench, Raw, figure, line, subtree

EVENTS = 200
LIVES = "3"  # seconds, of each program
FORKS = 500  # a second
FORKER = f"""import os, time
next = time.monotonic()
while True:
    for _ in range({FORKS // 50}):
        os.posix_spawn("/bin/true", ["true"], {{}})
    next += 0.02
    time.sleep(max(next - time.monotonic(), 0))
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""


def forks():
    """Processes that were made on this machine so far."""
    with open("/proc/stat") as f:
        return next(int(one.split()[1]) for one in f if one.startswith("processes "))


def missed(session):
    """{category: missed-events} of the agent's status."""
    rows = session.rpc(subtree("<status><category><type/><missed-events/></category></status>"))
    return {name.decode(): int(count) for name, count in re.findall(
        rb"<type[^>]*>[^<:]*:?([^<]*)</type><missed-events>(\d+)<", rows)}


def arrivals(subscriber, b, count):
    """Starts `count` programs; [seconds until the notification, or nothing] of each."""
    programs, started, told, running = [], {}, {}, []
    for number in range(count):
        programs.append(f"{b.folder}/unlisted-{number}-")
        shutil.copy("/bin/sleep", programs[-1])
    begin = time.perf_counter()
    with selectors.DefaultSelector() as ready:
        ready.register(subscriber.out, selectors.EVENT_READ)
        left = iter(programs)
        program = next(left)
        while program or time.perf_counter() - begin < 10:
            now = time.perf_counter()
            if program and now >= begin:
                started[program] = now
                running.append(subprocess.Popen([program, LIVES]))
                begin = time.perf_counter() + random.uniform(0.2, 0.8)
                program = next(left, None)
            if not ready.select(max(min(begin - time.perf_counter(), 0.1), 0) if program else 0.1):
                continue
            # A block may hold many messages, or a part of one: a name is looked for in all of it.
            subscriber.rest += os.read(subscriber.out, 1 << 20)
            now = time.perf_counter()
            for name in re.findall(rb"(/[^<> ]*/unlisted-\d+-)", subscriber.rest):
                told.setdefault(name.decode(), now)
            del subscriber.rest[:max(len(subscriber.rest) - 300, 0)]
            running = [one for one in running if one.poll() is None]
    for one in running:
        one.wait()
    return [told[name] - started[name] if name in told else None for name in programs]


def told(b, what, busy):
    subscriber, session = Raw(b.folder, b.port), Raw(b.folder, b.port)
    reply = subscriber.rpc('<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:'
                           '1.0"><stream>femto-security</stream></create-subscription>')
    assert b"<ok" in reply, reply
    b.settle(session)
    before, made, start = missed(session), forks(), time.monotonic()
    forker = subprocess.Popen([sys.executable, "-c", FORKER]) if busy else None
    try:
        times = arrivals(subscriber, b, EVENTS)
    finally:
        if forker:
            forker.kill()
            forker.wait()
    rate = (forks() - made) / (time.monotonic() - start)
    known = sorted(time * 1000 for time in times if time is not None)
    figure(f"exec to notification, {what}: p50 of {len(known)}", [statistics.median(known)], "ms", 150)
    figure("  p99", [known[max(len(known) * 99 // 100 - 1, 0)]], "ms", 1000)
    figure("  worst", [known[-1]], "ms")
    line("  never told", f"{times.count(None)} of {len(times)}", "at most 0")
    counts = ", ".join(f"{name} {count - before.get(name, 0)}"
                       for name, count in missed(session).items()) or "none"
    line(f"  missed-events while {rate:.0f} processes/s were made", counts)
    subscriber.close()
    session.close()


def wire():
    """From exec to the notification at a subscriber, shipped collection, alone and in a crowd."""
    for what, busy in (("alone", False), (f"{FORKS} forks/s beside", True)):
        with Bench() as b:
            told(b, what, busy)


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
            figure(f"{what} to row in SQLite: p50", times, "ms", 150)
            figure("  worst", [max(times)], "ms", 1000)
