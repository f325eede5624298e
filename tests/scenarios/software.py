"""7 Software integrity."""
import hashlib
import os

from rows import bad, live_only, row, unknown

SSHD = "usr/sbin/sshd"
MODIFIED, UNEXPECTED, MISSING = "software-modified", "software-unexpected", "software-missing"


def one_byte(node):
    node.file(SSHD, node.files[SSHD][:-1] + "e")


row("I01", "one byte, with size and time as before", one_byte, bad(MODIFIED, "/usr/sbin/sshd", "digest"))


def touched(node):
    node.file(SSHD, node.files[SSHD], time=1700009999)


row("I03", "touched", touched)
row("I03 mode", "the mode is another", lambda node: node.modes.update({SSHD: 0o700}),
    bad(MODIFIED, "/usr/sbin/sshd", "mode 0700", "major"))


def link_to_a_copy(node):
    node.program("/usr/sbin/sshd.copy", node.files[SSHD])
    node.link(SSHD, "sshd.copy")


row("I04", "a link to a copy in its place", link_to_a_copy,
    bad(MODIFIED, "/usr/sbin/sshd", "symlink"), bad(UNEXPECTED, "/usr/sbin/sshd.copy"))


def added(node):
    node.program("/usr/sbin/extra")
    node.file("usr/lib/evil.so", "ELF", 0o644)


row("I09", "a program and a library too many", added,
    bad(UNEXPECTED, "/usr/sbin/extra"), bad(UNEXPECTED, "/usr/lib/evil.so"))
row("I10", "a listed file is gone", lambda node: node.remove("usr/bin/sleep"),
    bad(MISSING, "/usr/bin/sleep"))

UPGRADED = "ELF of release 2"


def half_way(node):
    node.program("/usr/sbin/chronyd", UPGRADED)


def upgrade(until_old, until_new="2199-01-01T00:00:00Z"):
    """The learned manifest until one time, and one with chronyd of release 2 until another."""
    def policy(profile):
        (old,) = profile["manifest"]
        new = {**old, "release": "2", "valid-until": until_new, "component": [dict(one) for one in old["component"]]}
        for one in new["component"]:
            if one["name"] == "/usr/sbin/chronyd":
                one["hash"] = [hashlib.sha256(UPGRADED.encode()).hexdigest()]
        old["valid-until"] = until_old
        profile["manifest"].append(new)
    return policy


NOW, OVER = "2199-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
row("I11", "an upgrade half-way, in its window", half_way, policy=upgrade(NOW))
row("I11 before", "not yet upgraded, in its window", None, policy=upgrade(NOW))
row("I11 after", "not upgraded, the window is over", None,
    bad(MODIFIED, "/usr/sbin/chronyd", "digest"), policy=upgrade(OVER))


def too_large(node):
    node.afterwards(lambda root: os.truncate(f"{root}/usr/bin/sleep", 5 << 30))


row("I12", "larger than what is hashed", too_large, unknown(MODIFIED, "/usr/bin/sleep"))
live_only("I06", "a file that changes under the reader: unit test of the hash cache")
live_only("I07", "a change while the agent is stopped: each snapshot is a start, as in I01")
live_only("I19", "inotify overflow")
live_only("I20", "CPU budget: a bench")


def preloaded(node):
    node.file("usr/lib/femto/hook.so.1", "\x7fELF", 0o644)
    node.file("etc/ld.so.preload", "/usr/lib/femto/hook.so.1\n")


def pipe(node):
    node.remove("usr/bin/sleep")
    node.afterwards(lambda root: os.mkfifo(f"{root}/usr/bin/sleep"))


row("I01 vendor", "the gNB itself", lambda node: node.program("/opt/femto/bin/gnb-cu", "other"),
    bad(MODIFIED, "/opt/femto/bin/gnb-cu", "digest"))
row("I03 setuid", "the same content, with more power",
    lambda node: node.modes.update({"usr/bin/sleep": 0o4755}),
    bad(MODIFIED, "/usr/bin/sleep", "mode 4755"), bad("unexpected-setuid", "/usr/bin/sleep"))
row("I04 link", "a link that leads elsewhere", lambda node: node.link("usr/bin/python3", "sleep"),
    bad(MODIFIED, "/usr/bin/python3"))
row("I04 pipe", "a named pipe in its place", pipe, bad(MODIFIED, "/usr/bin/sleep"))
row("I09 vendor", "one more beside the gNB", lambda node: node.program("/opt/femto/bin/extra"),
    bad(UNEXPECTED, "/opt/femto/bin/extra"))
row("I09 preload", "a library for every program", preloaded,
    bad(UNEXPECTED, "/usr/lib/femto/hook.so.1"), bad(UNEXPECTED, "/etc/ld.so.preload"))
