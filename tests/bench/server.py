"""The agent and netopeer2-server on sysrepo side by side: the same client, the same configuration
(`/nacm`, which both have and both go by), turn by turn in the same minutes. The agent's user is under
access control and the other's is above it; the agent's `running` is on the disk when an edit is
answered, the other's in shared memory until it is copied to `startup`."""
import os
import statistics
import sys
import tempfile

import libssh
import measure
import netopeer
from measure import Bench, short
from server_measures import MEASURES, ONCE, SET_UP, fill, used


class Ours(Bench):
    """The agent on a folder without files; its user may change access control."""
    name = "femtowatch-agent"
    user = "manager"

    def write_startup(self):
        super().write_startup()
        with open(f"{self.folder}/startup.json", encoding="utf-8") as f:
            text = f.read()
        may = ', "rule-list": [{"name": "first", "group": ["secmf"], "rule": [{"name": "all", ' \
              '"module-name": "ietf-netconf-acm", "access-operations": "*", "action": "permit"}]}]}}'
        with open(f"{self.folder}/startup.json", "w", encoding="utf-8") as f:
            f.write(text.removesuffix("}}") + may)

    @property
    def pid(self):
        return self.agent.pid


def compare(what, unit, measured, servers, least=False):
    """A line for a measure and one for the CPU it took; a ratio over 1 says that the agent is ahead."""
    values, cpus, failed = [[], []], [[], []], [None, None]
    for _ in range(measure.RUNS):
        for i, server in enumerate(servers):
            before = used(server)
            try:
                value, count = measured(server)
            except (AssertionError, TimeoutError) as error:
                failed[i] = str(error)
                continue
            values[i].append(value)
            cpus[i].append((used(server) - before) / count * 1000 if count else 0)

    def line(name, of, quantity, more):
        ours, peer = (statistics.median(one) for one in of)
        ratio = (ours / peer if more else peer / ours) if ours and peer else 0
        cells = [f"{short(statistics.median(one))} ({short(min(one))}-{short(max(one))}) {quantity}"
                 for one in of]
        print(f"{name:<46} {cells[0]:>30} {cells[1]:>30} {f'{ratio:.1f} x' if ratio else '':>8}", flush=True)

    for server, error in zip(servers, failed):
        if error:
            print(f"{what}: {server.name} fails: {error[:400]}", flush=True)
    if not all(values):
        return
    line(what, values, unit, least)
    if count:
        line("  CPU of the server for each", cpus, "ms", False)


def beside(ours, peer):
    print(f"{f'median (least-most) of {measure.RUNS} turns':<46} {'femtowatch-agent':>30} "
          f"{peer.name:>30} {'ahead':>8}")
    for count in (300, 5000):
        for server in (ours, peer):
            fill(server, count)
        print(f"{count} entries in the configuration")
        for what, unit, measured, least in ONCE + SET_UP + MEASURES if count == 300 else MEASURES:
            compare("  " + what, unit, measured, (ours, peer), least)


def main():
    if sys.argv[1:2] == ["--runs"] and sys.argv[2:3] and sys.argv[2].isdigit() and sys.argv[2] != "0":
        measure.RUNS = int(sys.argv[2])
    elif sys.argv[1:]:
        sys.exit(f"tools/bench: server takes no {' '.join(sys.argv[1:])!r}")
    if not netopeer.program():
        print(f"tools/bench server is skipped. {netopeer.HOW}")
        return
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        with Ours(root=root) as ours:
            key = f"{ours.folder}/{ours.user}"
            peer = netopeer.Netopeer(ours.folder, f"{key}.pub")
            try:
                for server in (ours, peer):
                    server.key = libssh.key(key)
                    server.value = 0  # of the leaf that is edited
                beside(ours, peer)
            finally:
                peer.stop()


if __name__ == "__main__":
    main()
