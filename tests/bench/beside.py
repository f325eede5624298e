"""Femtowatch beside lynis, OpenSCAP and debsums, on a Debian 12 that is made for it on a tmpfs: what
each finds of misconfigurations and compromises that are planted, and what it says of things that only
look so. As root; nothing is left behind: file systems and processes are in namespaces of their own."""
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from beside_seeds import LOOK_ALIKES, SEEDS, healthy

BUILD = os.environ["FEMTOWATCH_BUILD"]
AGENT, COMMAND = f"{BUILD}/agent/femtowatch-agent", f"{BUILD}/collector/femtowatch"
MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")
PACKAGES = ("lynis", "openscap-scanner", "ssg-debian", "debsums", "openssh-server", "sudo",
            "libpam-pwquality", "openbsd-inetd", "inetutils-telnet", "procps", "libcap2-bin")
CONTENT = "/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml"
GROUPS = "accounting authentication file_integrity file_permissions hardening insecure_services" \
    " malware ports_packages ssh"
RAN_WITH = {
    "femtowatch": "snapshot --root, then check with a policy that `baseline learn` made of the healthy"
                  " system",
    "lynis": f"audit system --quick, the groups of tests that these things belong to ({GROUPS});"
             " warnings, suggestions and their details count",
    "openscap": "xccdf eval with every rule of ssg-debian's content for Debian 11 (there is none for"
                " 12); os-release and debian_version say 11 while it runs",
    "debsums": "--all --silent, with the packages' own lists",
}


class Used:
    def __init__(self):
        self.seconds, self.memory = 0.0, 0


def run(root, used, *command, inside=True):
    """Its output; what it needs is added to `used`. Inside it sees no processes but its own."""
    words = []
    if inside:
        words = ["unshare", "--fork", "--pid", f"--mount-proc={root}/proc", "chroot", root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([*words, *command], stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL)
        _, status, spent = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        used.seconds += spent.ru_utime + spent.ru_stime
        used.memory = max(used.memory, spent.ru_maxrss)
        out.seek(0)
        return out.read().decode(errors="replace")


# Each tool's findings, one a line of text that names what it is about.

def policy_beside(root):
    return f"{os.path.dirname(root)}/policy.json"


def femtowatch(root, used):
    snapshot = run(root, used, AGENT, "snapshot", "--root", root, inside=False)
    path = f"{root}.json"
    with open(path, "w") as f:
        f.write(snapshot[snapshot.index("{"):])
    found = run(root, used, COMMAND, "check", "--policy", policy_beside(root), "--format", "json", path,
                inside=False)
    return {f"{one['rule']} {one.get('object', '')} {one.get('observed', '')}"
            for node in json.loads(found) for one in node["results"] if one["verdict"] == "violation"}


def lynis(root, used):
    run(root, used, "lynis", "audit", "system", "--quick", "--no-colors", "--tests-from-group", GROUPS)
    with open(f"{root}/var/log/lynis-report.dat") as f:
        return {line.strip() for line in f if re.match(r"(warning|suggestion|details)\[\]=", line)}


def openscap(root, used):
    former = {}
    for path, text in (("etc/debian_version", "11.9\n"),
                       ("etc/os-release", 'ID=debian\nVERSION_ID="11"\nNAME="Debian GNU/Linux"\n')):
        at = f"{root}/{path}"
        at = os.path.join(root, "usr/lib/os-release") if os.path.islink(at) else at
        with open(at) as f:
            former[at] = f.read()
        with open(at, "w") as f:
            f.write(text)
    printed = run(root, used, "oscap", "xccdf", "eval", "--profile", "(all)", CONTENT)
    for at, text in former.items():
        with open(at, "w") as f:
            f.write(text)
    found = re.findall(r"^Rule\s+(\S+)$.*?^Result\s+(\S+)$", printed, re.M | re.S)
    assert any(result == "pass" for _, result in found), printed[-2000:]
    return {rule for rule, result in found if result == "fail"}


def debsums(root, used):
    return set(run(root, used, "debsums", "--all", "--silent").splitlines())


TOOLS = {f.__name__: f for f in (femtowatch, lynis, openscap, debsums)}


def make(folder):
    """The healthy system."""
    root = f"{folder}/healthy"
    print(f"making a Debian of {MIRROR}", file=sys.stderr, flush=True)
    done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}",
                           "bookworm", root, MIRROR], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"debootstrap: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    healthy(root)
    return root


def copy(root, name, changes):
    to = f"{os.path.dirname(root)}/{name}"
    subprocess.run(["cp", "-a", root, to], check=True)
    for change in changes:
        change.make(to)
    return to


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def learn(root):
    snapshot = run(root, Used(), AGENT, "snapshot", "--root", root, inside=False)
    golden = f"{root}.golden.json"
    with open(golden, "w") as f:
        f.write(snapshot[snapshot.index("{"):])
    subprocess.run([COMMAND, "baseline", "learn", "--output", policy_beside(root), golden], check=True,
                   capture_output=True)


def look(root):
    """{tool: findings}, {tool: what it used}"""
    used = {name: Used() for name in TOOLS}
    found = {}
    for name, tool in TOOLS.items():
        found[name] = tool(root, used[name])
        print(f"{os.path.basename(root)}: {name} found {len(found[name])}", file=sys.stderr, flush=True)
    return found, used


def compare(folder):
    root = make(folder)
    seeded, alike = copy(root, "seeded", SEEDS), copy(root, "alike", LOOK_ALIKES)
    learn(root)
    with ThreadPoolExecutor(3) as pool:  # CPU and memory are counted by process
        looks = list(pool.map(look, (root, seeded, alike)))
    (before, _), (after, used), (alike_after, _) = looks
    news = {name: after[name] - before[name] for name in TOOLS}
    # The client of Telnet is in all three.
    alarms = {name: (alike_after[name] - before[name])
              | {one for one in before[name] if re.search(r"telnet(?!d)", one)} for name in TOOLS}
    found = {name: [bool(seed.named.get(name)) and any(
        re.search(seed.named[name], one) for one in news[name]) for seed in SEEDS] for name in TOOLS}
    table([["planted", *TOOLS]] + [
        [f"{seed.name}: {seed.title}", *("found" if found[name][i] else "-" for name in TOOLS)]
        for i, seed in enumerate(SEEDS)])
    print()
    table([["", *TOOLS],
           [f"found, of {len(SEEDS)}", *(str(sum(found[name])) for name in TOOLS)],
           [f"false alarms, of {len(LOOK_ALIKES) + 1} look-alikes", *(str(len(alarms[n])) for n in TOOLS)],
           ["CPU seconds", *(f"{used[name].seconds:.1f}" for name in TOOLS)],
           ["largest process, MB", *(f"{used[name].memory / 1024:.0f}" for name in TOOLS)]])
    print("\nfalse alarms:")
    for name in TOOLS:
        for one in sorted(alarms[name]):
            print(f"  {name}: {one[:150]}")
    print("look-alikes: a Telnet client; " + "; ".join(one.title for one in LOOK_ALIKES))
    for name, how in RAN_WITH.items():
        print(f"{name}: {how}")
    print("found: a finding of the seeded system that the healthy one does not have and that the"
          " pattern of the tool in tests/bench/beside_seeds.py names")
    return news, alarms


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("tools/bench beside: chroot and tmpfs take root")
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                              __file__, "--inside"])
    place = tempfile.mkdtemp(prefix="femtowatch-beside-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755,size=6g", "beside", place], check=True)
    try:
        compare(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        os.rmdir(place)
