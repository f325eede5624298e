"""Attacks by requests, and by not reading what comes, of somebody who may log in. Each says in a few
words what the agent did."""
import os
import select
import subprocess
import time

import libssh
from attacker import CATEGORY, HELLO10, LEAF, SUBSCRIBE, ask, collection, outcome, rpc, xpath
from house import NS
from libssh import BASE, Client


# Requests.

def deep_xml(field):
    most = field.many(200000, 10000)
    return ask(field, "<get><filter>" + "<a>" * most + "</a>" * most + "</filter></get>") \
        if most * 7 < 1 << 20 else \
        ask(field, "<get><filter>" + "<a>" * 140000 + "</a>" * 140000 + "</filter></get>")


def deep_known_xml(field):
    inner = f'<femto-security xmlns="{NS["fs"]}"><status>' + "<category>" * 10000 \
        + "</category>" * 10000 + "</status></femto-security>"
    return ask(field, f"<get><filter>{inner}</filter></get>")


def wide_filter(field):
    return ask(field, "<get><filter>" + "<a/>" * field.many(1000000) + "</filter></get>")


def wide_known_filter(field):
    return ask(field, f'<get><filter><femto-security xmlns="{NS["fs"]}"><status>'
               + "<category><type/></category>" * field.many(36000)
               + "</status></femto-security></filter></get>")


def entities(field):
    return ask(field, '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
               "<get><filter>&b;</filter></get>")


def namespaces(field):
    inner = " ".join(f'xmlns:n{i}="u{i}" n{i}:a="1"' for i in range(field.many(30000)))
    return ask(field, f"<get><filter><b {inner}/></filter></get>")


def xpath_of_all_by_all(field):
    return ask(field, xpath("//*[count(//*) > count(//*[. = current()])]"))


def xpath_of_many_steps(field):
    return ask(field, xpath("//*" + "/ancestor-or-self::*/descendant-or-self::*" * field.many(6, 3)))


def xpath_that_is_long(field):
    return ask(field, xpath("/fs:femto-security/fs:status[" + "(" * 5000 + "1" + ")" * 5000 + "]"))


def xpath_of_many_terms(field):
    return ask(field, xpath(" | ".join(["/fs:femto-security/fs:status"] * field.many(20000))))


def xpath_that_divides_by_zero(field):
    return ask(field, xpath("/fs:femto-security/fs:status[1mod 0]"))


def edit_of_ten_thousand(field):
    inner = "".join(f"<exclude>/x/{i}</exclude>" for i in range(10000))
    made = ask(field, collection(f"<category>{CATEGORY}{inner}</category>"))
    inner = inner.replace("<exclude>", f'<exclude xmlns:nc="{BASE}" nc:operation="delete">')
    gone = ask(field, collection(f"<category>{CATEGORY}{inner}</category>"))
    return f"made: {made}; removed: {gone}"


def reads_under_many_rules(field):
    """Of a user for whom access control has a rule for each of many entries."""
    with Client(field.port, "watcher", libssh.key(f"{field.folder}/watcher"), timeout=60) as session:
        start = time.monotonic()
        session.send(rpc("<get/>"))
        done = outcome(session.receive())
    return f"{done}, {time.monotonic() - start:.1f} s"


def schemas(field):
    get = '<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><identifier>' \
          "femto-security</identifier></get-schema>"
    with field.session() as session:
        for _ in range(field.many(500)):
            size = len(session.rpc(get))
    return f"{field.many(500)} x {size // 1024} KiB"


# Peers that do not read.

def hung_subscribers(field):
    sessions = [field.session() for _ in range(field.many(100))]
    for one in sessions:
        assert b"<ok" in one.rpc(SUBSCRIBE)
    with field.session() as editor:
        for i in range(field.many(200)):
            reply = editor.rpc(collection(f"<heartbeat-interval>{100 + i}</heartbeat-interval>"))
            assert b"<ok" in reply, reply
    for one in sessions:
        one.close()
    return f"{len(sessions)} subscribers, {field.many(200)} events for each"


def get_without_reading(field):
    sessions = [field.session() for _ in range(10)]
    get = rpc("<get/>").encode()
    frame = b"\n#%d\n%b\n##\n" % (len(get), get)
    sent = 0
    for one in sessions:
        libssh.library.ssh_set_blocking(one.ssh, 0)
        for _ in range(field.many(2000)):
            if libssh.library.ssh_channel_write(one.channel, frame, len(frame)) != len(frame):
                break
            sent += 1
    time.sleep(2)
    for one in sessions:
        one.close()
    return f"{sent} requests, no reply read"


def rekeys(field):
    with field.session(rekey=1024) as session:
        for _ in range(field.many(1000)):
            assert b"<agent-version>" in session.rpc(LEAF)
    return f"{field.many(1000)} requests with a key exchange each KiB"


def rekeys_of_openssh(field):
    command = ["ssh", "-F", "/dev/null", "-T", "-p", str(field.port), "-i", f"{field.folder}/manager",
               "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
               "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "RekeyLimit=16",
               f"{field.user}@127.0.0.1", "-s", "netconf"]
    count = field.many(500)
    request = rpc(LEAF) + "]]>]]>"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write((HELLO10 + "]]>]]>").encode())
        got = b""
        for _ in range(count):
            process.stdin.write(request.encode())
            process.stdin.flush()
            while got.count(b"</rpc-reply>") < 1:
                ready, _, _ = select.select([process.stdout], [], [], 20)
                assert ready, "no answer in a rekeying session"
                got += os.read(process.stdout.fileno(), 65536)
            got = b""
    return f"{count} requests with RekeyLimit=16"
