"""femtowatch check, baseline learn and policy check: outputs, exit codes, and what they refuse."""
import json
import os
import subprocess
import tempfile
import unittest

COMMAND = f"{os.environ['FEMTOWATCH_BUILD']}/collector/femtowatch"
POLICIES = f"{os.path.dirname(__file__)}/../policies"
SITE = f"{POLICIES}/scenarios/policy.json"
CATEGORIES = ("password-configuration", "remote-login", "remote-maintenance", "user-permissions",
              "running-processes", "open-ports", "software-integrity")


def run(*arguments, **environment):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True,
                          env={**os.environ, **environment})


def snapshot(case):
    return f"{POLICIES}/scenarios/{case}/snapshot.json"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = f"{self.folder.name}/{name}"
        with open(path, "w") as f:
            f.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def whole(self, *cases):
        """A snapshot that has the categories of several cases: all of them, all collected."""
        out = {"status": {"category": []}, "inventory": {}}
        for case in cases:
            with open(snapshot(case)) as f:
                one = json.load(f)["femto-security:femto-security"]
            out["status"]["category"] += [
                status for status in one["status"]["category"] if status["type"] not in
                [there["type"] for there in out["status"]["category"]]]
            for category, content in one["inventory"].items():
                out["inventory"].setdefault(category, content)
        return self.file("node-7.json", {"femto-security:femto-security": out})

    def good(self, *instead):
        return self.whole(*instead, "R01", "M09", "U21", "X06", "O05", "I03")

    def refused(self, result, *words):
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)


class Check(Case):
    def test_a_good_node_exits_0_and_each_rule_is_answered_once(self):
        result = run("check", "--policy", SITE, "--format", "json", self.good())
        (node,) = json.loads(result.stdout)
        bad = [r for r in node["results"] if r["verdict"] not in ("compliant", "not-applicable")]
        self.assertEqual((result.returncode, node["node"], node["verdict"], bad),
                         (0, "node-7", "compliant", []))
        rules = [r["rule"] for r in node["results"]]
        self.assertEqual(len(rules), len(set(rules)))
        self.assertEqual(len(rules), 33)

    def test_a_violation_exits_1_and_names_the_object(self):
        result = run("check", "--policy", SITE, "--format", "json", self.good("O02"))
        (node,) = json.loads(result.stdout)
        (bad,) = [r for r in node["results"] if r["verdict"] == "violation"]
        self.assertEqual((result.returncode, node["verdict"]), (1, "violation"))
        self.assertEqual((bad["rule"], bad["category"], bad["object"], bad["severity"]),
                         ("port-scope", "open-ports", "tcp 0.0.0.0:22", "major"))
        self.assertEqual(set(bad), {"rule", "category", "verdict", "severity", "object",
                                    "observed", "expected", "evidence", "remediation"})

    def test_a_node_of_which_a_part_is_unknown_exits_3(self):
        result = run("check", "--policy", SITE, "--format", "json", self.good("I12"))
        self.assertEqual(result.returncode, 3)
        self.assertEqual(json.loads(result.stdout)[0]["verdict"], "indeterminate")

    def test_the_worst_of_several_nodes_decides(self):
        result = run("check", "--policy", SITE, snapshot("U21"), snapshot("U01"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("toor", result.stdout)

    def test_a_table_fits_its_terminal_and_carries_no_control_characters(self):
        result = run("check", "--policy", SITE, snapshot("C02"), COLUMNS="100")
        self.assertEqual(result.returncode, 1)
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)
            self.assertTrue(line.isprintable(), repr(line))

    def test_a_waived_violation_is_listed_and_does_not_count(self):
        with open(SITE) as f:
            policy = json.load(f)
        waiver = {"name": "T-1", "rule": "port-scope", "object": ["tcp 0.0.0.0:22"],
                  "node": ["node-7"], "until": "2199-01-01T00:00:00Z", "reason": "move of the OAM"}
        policy["femto-compliance-policy:compliance"]["waiver"] = [waiver]
        node = self.good("O02")
        result = run("check", "--policy", self.file("p", policy), "--format", "json", node)
        (bad,) = [r for r in json.loads(result.stdout)[0]["results"] if r["verdict"] == "violation"]
        self.assertEqual((result.returncode, bad["waived-until"]), (0, "2199-01-01T00:00:00.000Z"))
        for change in ({"until": "2020-01-01T00:00:00Z"}, {"node": ["other"]}, {"object": ["x"]}):
            policy["femto-compliance-policy:compliance"]["waiver"] = [{**waiver, **change}]
            self.assertEqual(run("check", "--policy", self.file("p", policy), node).returncode, 1)

    def test_bad_input_gets_one_line_that_names_it(self):
        self.refused(run("check", "--policy", SITE, "/nowhere.json"), "/nowhere.json: No such file")
        garbage = self.file("garbage.json", "{\"x\n\x1b[31m")
        self.refused(run("check", "--policy", SITE, garbage), "garbage.json")
        other = self.file("other.json", {"ietf-netconf-acm:nacm": {}})
        self.refused(run("check", "--policy", SITE, other), "other.json")
        wrong = self.file("wrong.json", {"femto-security:femto-security": {
            "inventory": {"open-ports": {"port": "none"}}}})
        self.refused(run("check", "--policy", SITE, wrong), "wrong.json", "port")
        self.refused(run("check", "--policy", SITE, "--profile", "toy", snapshot("U21")), "\"toy\"")
        self.refused(run("check", "--policy", SITE, "--format", "xml", snapshot("U21")), "xml")
        self.refused(run("check", "--policy", SITE))
        self.refused(run("chekc"), "chekc")


class Learn(Case):
    def learn(self, *arguments):
        path = f"{self.folder.name}/policy.json"
        return path, run("baseline", "learn", "--output", path, *arguments)

    def test_what_was_learned_is_permitted(self):
        node = self.good("O11", "U17")
        path, result = self.learn(node)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("/usr/local/bin/.sh", run("check", "--policy", SITE, node).stdout)
        checked = run("check", "--policy", path, "--format", "json", node)
        (judged,) = json.loads(checked.stdout)
        bad = [(r["rule"], r["object"]) for r in judged["results"]
               if r["verdict"] not in ("compliant", "not-applicable")]
        self.assertEqual(bad, [])
        self.assertEqual(run("policy", "check", path).returncode, 0)

    def test_what_is_new_after_learning_is_a_violation(self):
        path, result = self.learn(self.good())
        self.assertEqual(result.returncode, 0, result.stderr)
        for case, rule in (("O03", "unexpected-port"), ("X10", "unexpected-process"),
                           ("U19", "unexpected-user"), ("U17", "unexpected-setuid"),
                           ("I01", "software-modified"), ("I09", "software-unexpected"),
                           ("I10", "software-missing"), ("O19-other-unit", "port-owner")):
            checked = run("check", "--policy", path, "--format", "json", self.good(case))
            found = [r["rule"] for r in json.loads(checked.stdout)[0]["results"]
                     if r["verdict"] == "violation"]
            self.assertIn(rule, found, case)

    def test_nothing_suspicious_is_learned_silently(self):
        _, result = self.learn(self.good("X07", "U09", "O02"))
        self.assertEqual(result.returncode, 0)
        for words in ("suspicious-process", "/memfd:x", "passwordless-privilege", "port-scope"):
            self.assertIn(words, result.stderr)

    def test_what_was_not_collected_is_not_learned_and_said_so(self):
        path, result = self.learn(snapshot("O-none-collected"))
        self.assertIn("open-ports is not learned: not-collected", result.stderr)
        checked = run("check", "--policy", path, "--format", "json", self.good())
        self.assertIn("no list", checked.stdout)

    def test_learning_is_stable_and_a_union(self):
        one, two = self.good(), snapshot("O03")
        path, _ = self.learn(one, two)
        with open(path) as f:
            first = f.read()
        self.learn(two, one)
        with open(path) as f:
            self.assertEqual(f.read(), first)
        again, result = self.learn("--base", path, one)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(again) as f:
            self.assertEqual(f.read(), first)

    def test_a_failure_leaves_the_former_file(self):
        path, _ = self.learn(snapshot("O03"))
        with open(path) as f:
            before = f.read()
        self.refused(self.learn(snapshot("O03"), "/nowhere")[1], "/nowhere")
        self.refused(run("baseline", "learn", "--output", "/nowhere/p.json", snapshot("O05")),
                     "/nowhere/p.json")
        with open(path) as f:
            self.assertEqual(f.read(), before)
        self.assertEqual(os.listdir(self.folder.name).count("policy.json.new"), 0)


class PolicyCheck(Case):
    def profile(self, **content):
        return self.file("policy.json", {"femto-compliance-policy:compliance": {
            "profile": [{"name": "p", **content}]}})

    def rule(self, **check):
        return self.profile(rule=[{"id": "r", "category": "femto-security-types:open-ports",
                                   "check": [{"name": "c", **check}]}])

    def test_what_no_schema_finds(self):
        def check(path):
            return run("policy", "check", path)
        self.refused(check(self.rule(select="open-ports/prot", forbid={
            "case": [{"name": "x"}]})), "prot")
        self.refused(check(self.rule(select="open-ports/port", forbid={
            "case": [{"name": "x", "when": [{"leaf": "loacl-port"}]}]})), "loacl-port")
        self.refused(check(self.rule(xpath={"violates": "inventory/open-ports/prot"})), "prot")
        self.refused(check(self.rule(xpath={"violates": "inventory/["})), "violates")
        self.refused(check(self.rule()), "kind")
        self.refused(check(self.profile(rule=[{"id": "r"}])), "category")
        self.refused(check(self.profile(base="toy")), "toy")
        circle = {"femto-compliance-policy:compliance": {"profile": [
            {"name": "a", "base": "b"}, {"name": "b", "base": "a"}]}}
        self.refused(check(self.file("c.json", circle)), "a -> b -> a")
        waiver = {"femto-compliance-policy:compliance": {"profile": [{"name": "a"}], "waiver": [
            {"name": "w", "rule": "no-such", "every-object": [None], "reason": "x",
             "until": "2199-01-01T00:00:00Z"}]}}
        self.refused(check(self.file("w.json", waiver)), "no-such")
        waiver["femto-compliance-policy:compliance"]["waiver"][0]["until"] = "9999-12-31T00:00:00Z"
        self.refused(check(self.file("w.json", waiver)), "9999-12-31")

    def test_a_profile_takes_over_and_overrides(self):
        path = self.profile(base="femto-baseline", rule=[
            {"id": "password-min-length", "enabled": False},
            {"id": "root-remote-login", "severity": "minor"}])
        self.assertIn("32 rules", run("policy", "check", path).stdout)


class Extension(Case):
    """Content of a vendor's module, which within anydata nobody has checked."""
    example = f"{os.path.dirname(__file__)}/../../agent/vendor-example"

    def verdicts(self, content):
        """{rule: verdict} of the example's rules over this content of its category."""
        name = "acme-hardening:kernel-hardening"
        path = self.file("one.json", {"femto-security:femto-security": {
            "status": {"category": [{"type": name,
                                     "status": "femto-security-types:collected"}]},
            "inventory": {"extension": [{"category": name, "content": content}]}}})
        done = run("check", "--policy", f"{self.example}/policy.json", "--modules", self.example,
                   "--profile", "acme", "--format", "json", path)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        return {r["rule"]: r["verdict"] for r in json.loads(done.stdout)[0]["results"]
                if r["category"] == name}

    def test_what_the_module_describes_is_judged(self):
        value = {"name": "kernel.kptr_restrict", "value": "0"}
        self.assertEqual(self.verdicts({"acme-hardening:kernel-hardening": {"sysctl": [value]}})
                         ["acme-pointers-hidden"], "violation")
        value["value"] = "1"
        self.assertEqual(self.verdicts({"acme-hardening:kernel-hardening": {"sysctl": [value]}})
                         ["acme-pointers-hidden"], "compliant")

    def test_what_it_does_not_describe_is_indeterminate(self):
        for content in (
                {"sysctl": [{"name": "kernel.kptr_restrict", "value": "off"}]},
                {"setting": [{"name": "kernel.kptr_restrict", "value": "1"}]},
                {"sysctl": [{"value": "1"}]}):
            with self.subTest(content):
                self.assertEqual(set(self.verdicts({"acme-hardening:kernel-hardening": content})
                                     .values()), {"indeterminate"})
        self.assertEqual(set(self.verdicts({"other:thing": {"a": 1}}).values()), {"indeterminate"})


if __name__ == "__main__":
    unittest.main()
