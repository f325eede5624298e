"""What is measured of a NETCONF server: each gives a number, and how often it did what it is about."""
import os
import select
import statistics
import time

import libssh
from house import NS
from measure import processes, pss

CONFIG = '<get-config><source><running/></source><filter type="subtree"><nacm xmlns="%s">%%s</nacm>' \
         '</filter></get-config>' % NS["nacm"]
ALL = CONFIG % "<rule-list><name>bench</name></rule-list>"
LEAF = CONFIG % "<rule-list><name>bench</name><rule><name>r1</name><comment/></rule></rule-list>"
EDIT = '<edit-config><target><running/></target><config><nacm xmlns="%s"><rule-list><name>bench</name>' \
       "%%s</rule-list></nacm></config></edit-config>" % NS["nacm"]
COMMENT = EDIT % "<rule><name>r1</name><comment>%d</comment></rule>"
COPY = "<copy-config><target><startup/></target><source><running/></source></copy-config>"
SUBSCRIBE = '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>'
RULE = '<rule><name>r%d</name><module-name>ietf-interfaces</module-name><access-operations>read ' \
       "exec</access-operations><action>permit</action><comment>entry %d</comment></rule>"


def used(server):
    """CPU seconds of a server's processes, those that have ended included."""
    total = 0
    for pid in processes(server.pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                words = f.read().rpartition(")")[2].split()
        except FileNotFoundError:  # ended meanwhile, and is its parent's
            continue
        total += sum(int(word) for word in words[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def fill(server, count):
    with client(server) as session:
        for first in range(1, count + 1, 1000):
            rules = "".join(RULE % (i, i) for i in range(first, min(first + 1000, count + 1)))
            reply = session.rpc(EDIT % rules)
            assert b"<ok" in reply, reply
        assert session.rpc(ALL).count(b"<rule>") == count


def client(server):
    return libssh.Client(server.port, server.user, server.key, timeout=60)


def set_up(server, count=30, pause=0.1):
    took = []
    for _ in range(count):
        time.sleep(pause)
        start = time.perf_counter()
        session = client(server)
        took.append((time.perf_counter() - start) * 1000)
        session.close()
    return statistics.median(took), count


def set_up_at_once(server):
    return set_up(server, 60, 0)


def asked(body, count):
    def measured(server):
        took = []
        with client(server) as session:
            for _ in range(count):
                start = time.perf_counter()
                reply = session.rpc(body)
                took.append((time.perf_counter() - start) * 1000)
            assert b"<data" in reply, reply
        return statistics.median(took), count
    return measured


def edited(count, persist=False):
    """Edits a second; what is not on the disk by itself is copied there, if it is to be."""
    def measured(server):
        copies = persist and server.user == "root"
        with client(server) as session:
            start = time.perf_counter()
            for _ in range(count):
                server.value += 1
                reply = session.rpc(COMMENT % server.value)
                assert b"<ok" in reply, reply
                if copies:
                    reply = session.rpc(COPY)
                    assert b"<ok" in reply, reply
            return count / (time.perf_counter() - start), count
    return measured


def told(subscribers, count):
    """netconf-config-changes that have arrived, a second, one for each edit and subscriber."""
    def measured(server):
        sessions = [client(server) for _ in range(subscribers)]
        for one in sessions:
            assert b"<ok" in one.rpc(SUBSCRIBE)
            one.arrived()
        missing = dict.fromkeys(sessions, count)
        with client(server) as session:
            start = time.perf_counter()
            for _ in range(count):
                server.value += 1
                assert b"<ok" in session.rpc(COMMENT % server.value)
            while missing:
                ready, _, _ = select.select(list(missing), [], [], 30)
                assert ready, f"{sum(missing.values())} notifications are lost"
                for one in ready:
                    missing[one] -= one.arrived()
                    if missing[one] <= 0:
                        del missing[one]
            took = time.perf_counter() - start
        for one in sessions:
            one.close()
        return subscribers * count / took, subscribers * count
    return measured


def idle(server):
    with client(server):
        before = used(server)
        time.sleep(20)
        return (used(server) - before) / 20 * 100, None


def memory(sessions):
    def measured(server):
        held = [client(server) for _ in range(sessions)]
        found = pss(processes(server.pid))
        for one in held:
            one.close()
        return found, None
    return measured


SET_UP = [
    ("set-up, one each 100 ms: p50", "ms", set_up, False),
    ("set-up, back to back: p50", "ms", set_up_at_once, False),
]
MEASURES = [
    ("get-config of one leaf: p50", "ms", asked(LEAF, 100), False),
    ("get-config of all: p50", "ms", asked(ALL, 10), False),
    ("edit-config of one leaf", "/s", edited(20), True),
    ("edit-config of one leaf, kept over a power cut", "/s", edited(10, True), True),
    ("config-changes to 1 subscriber", "/s", told(1, 20), True),
    ("config-changes to 16 subscribers", "/s", told(16, 20), True),
]
ONCE = [
    ("idle with 1 session: CPU over 20 s", "%", idle, False),
    ("PSS of all processes, 1 session", "MB", memory(1), False),
    ("PSS of all processes, 100 sessions", "MB", memory(100), False),
]
