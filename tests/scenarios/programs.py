"""5 Running processes."""
from rows import bad, live_only, row

SUSPICIOUS, UNEXPECTED = "suspicious-process", "unexpected-process"


def runs(*process, **more):
    return lambda node: node.process(500, *process, **more)


row("X01", "its executable was deleted", runs("/opt/femto/bin/updater (deleted)", "updater"),
    bad(SUSPICIOUS, "/opt/femto/bin/updater root", "deleted-executable"),
    bad(UNEXPECTED, "/opt/femto/bin/updater root", "not listed", "critical"))
row("X01 upgraded", "it runs what was there before the upgrade",
    lambda node: node.processes[420].update(exe="/usr/lib/ipsec/charon (deleted)"),
    bad(SUSPICIOUS, "/usr/lib/ipsec/charon root", "deleted-executable"))
row("X04 a name", "a program that is named like a kernel thread",
    runs("/usr/bin/sleep", "sleep", "600", name="kworker/1:0"),
    bad(SUSPICIOUS, "/usr/bin/sleep root", "masquerading"), bad(UNEXPECTED, "/usr/bin/sleep root"))
row("X04 a path", "a program that calls itself another",
    runs("/usr/bin/sleep", "/usr/sbin/sshd", "-D"),
    bad(SUSPICIOUS, "/usr/bin/sleep root", "masquerading"), bad(UNEXPECTED, "/usr/bin/sleep root"))
row("X04 a user", "a listed program as another user", runs("/usr/sbin/chronyd"),
    bad(UNEXPECTED, "/usr/sbin/chronyd root"))
row("X04", "a program that calls itself a kernel thread",
    runs("/usr/bin/sleep", "[kworker/0:1-events]", "600"),
    bad(SUSPICIOUS, "/usr/bin/sleep root", "masquerading"),
    bad(UNEXPECTED, "/usr/bin/sleep root", "not listed"))


def kworkers(node):
    for pid in range(600, 700):
        node.process(pid, None, name=f"kworker/u8:{pid}", parent=2)


row("X06", "kernel threads that were not there before", kworkers)
row("X07", "a program in memory only", runs("/memfd:x (deleted)", "x", user=998),
    bad(SUSPICIOUS, "/memfd:x femto", "memory-backed"),
    bad(UNEXPECTED, "/memfd:x femto", "not listed", "major"))
row("X09", "a listed interpreter with a script that is not",
    runs("/usr/bin/python3.11", "python3", "/tmp/x.py"),
    bad(UNEXPECTED, "/usr/bin/python3.11 root", "script /tmp/x.py"))


def any_script(profile):
    for program in profile["permitted"]["program"]:
        program.pop("script", None)


row("X09 no scripts listed", "the policy does not say which scripts",
    runs("/usr/bin/python3.11", "python3", "/tmp/x.py"), policy=any_script)
for name, words in (("-c", ("-c", "import os")), ("-m", ("-m", "http.server")), ("-", ())):
    row(f"X09 {name}", "a listed interpreter without a script",
        runs("/usr/bin/python3.11", "python3", *words),
        bad(UNEXPECTED, "/usr/bin/python3.11 root", f"script {name}"))
row("X14", "the gNB does not run", lambda node: node.end(430),
    bad("missing-process", "/opt/femto/bin/gnb-cu femto", "does not run"))
live_only("X10", "lives for 200 ms: test_live, the process connector")
live_only("X16", "a rate of forks: needs a kernel that reports them")
