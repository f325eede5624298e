"""Each row of the table of scenarios: a folder that is a node, `femtowatch-agent snapshot --root` of
it, and `femtowatch check` with a policy learned from the healthy node. What is found must be all
that the row says and nothing else; the table is printed. ROW=P05 tries the rows that begin so."""
import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

SCENARIOS = f"{os.path.dirname(os.path.abspath(__file__))}/../scenarios"
sys.path.insert(0, SCENARIOS)
from node import Node  # noqa: E402
from rows import LIVE_ONLY, ROWS  # noqa: E402
import passwords, logins, services, accounts, programs, ports, software, collection  # noqa: E402,E401,F401

BUILD = os.environ["FEMTOWATCH_BUILD"]
AGENT = f"{BUILD}/agent/femtowatch-agent"
COMMAND = f"{BUILD}/collector/femtowatch"


def run(*words, user=None):
    done = subprocess.run(words, capture_output=True, text=True, user=user, group=user,
                          extra_groups=[] if user else None)
    if done.returncode not in (0, 1, 3):
        raise AssertionError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def noteworthy(result):
    return result["verdict"] in ("violation", "indeterminate") or result["severity"] == "info"


def listed(profile):
    """What an operator adds to the lists that were learned."""
    for program in profile["permitted"]["program"]:
        if program["executable"] == "/opt/femto/bin/gnb-cu":
            program["required"] = True
    profile["permitted"]["program"].append({"executable": "/opt/femto/bin/oamd", "user": "root"})
    ports = profile["permitted"]["port"]
    for port in ports:
        if port["name"] == "learned tcp 22":
            port["owner"].append({"name": "ssh.socket", "executable": "/usr/lib/systemd/systemd",
                                  "unit": "ssh.socket"})
    ports.append({"name": "n2", "protocol": "femto-security-types:sctp", "lower-port": 38412})


class Scenarios(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="femtowatch-scenarios-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)

    def snapshot(self, name, node, *arguments, user=None):
        """The path of the snapshot; nothing if the node cannot be made here."""
        root = f"{self.folder}/{name}"
        try:
            node.write(root)
        except PermissionError:
            return None
        printed = run(AGENT, "snapshot", "--root", root, *arguments, user=user)
        with open(f"{root}.json", "w") as f:
            f.write(printed)
        return f"{root}.json"

    def learn(self):
        golden = self.snapshot("golden", Node())
        run(COMMAND, "baseline", "learn", "--output", f"{self.folder}/learned.json", golden)
        with open(f"{self.folder}/learned.json") as f:
            self.learned = json.load(f)

    def policy(self, number, change):
        policy = copy.deepcopy(self.learned)
        (profile,) = policy["femto-compliance-policy:compliance"]["profile"]
        listed(profile)
        if change:
            change(profile)
        path = f"{self.folder}/policy-{number}.json"
        with open(path, "w") as f:
            json.dump(policy, f)
        return path

    def look(self, row):
        node = Node()
        row.change(node)
        return self.snapshot(ROWS.index(row), node, *row.arguments, user=row.user if os.geteuid() == 0 else None)

    def judged(self, rows, paths):
        """What is found in each row; the rows with one policy are judged together."""
        found = {}
        for number, change in enumerate({row.policy for row in rows}):
            mine = [path for row, path in zip(rows, paths) if path and row.policy is change]
            if mine:
                for node in json.loads(run(COMMAND, "check", "--policy",
                                           self.policy(number, change), "--format", "json", *mine)):
                    found[node["node"]] = [one for one in node["results"] if noteworthy(one)]
        return found

    def difference(self, row, results):
        """Lines: what was expected and not found, and what was found and not expected."""
        missing = [f"  not found: {one}" for one in row.expected
                   if not any(one.matches(result) for result in results)]
        extra = ["  too much: " + " ".join(str(result.get(key, "")) for key in (
            "verdict", "severity", "rule", "object", "observed"))
            for result in results if not any(one.matches(result) for one in row.expected)]
        return missing + extra

    def test_every_row(self):
        self.learn()
        rows = [row for row in ROWS if row.name.startswith(os.environ.get("ROW", ""))]
        with ThreadPoolExecutor(2) as pool:
            paths = list(pool.map(self.look, rows))
        found = self.judged(rows, paths)
        wrong = []
        for row, path in zip(rows, paths):
            if path is None:
                print(f"{row.name:24} left out: it takes root")
                continue
            lines = self.difference(row, found[str(ROWS.index(row))])
            wrong += [row.name] if lines else []
            print("\n".join([f"{row.name:24} {'WRONG' if lines else 'right':6} {row.title}: "
                             + ("; ".join(map(str, row.expected)) or "nothing"), *lines]))
        for name, reason in LIVE_ONLY:
            print(f"{name:24} live   {reason}")
        tried = len([path for path in paths if path])
        print(f"{tried - len(wrong)} of {tried} rows are right")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
