"""What is wrong with what an operator gave: the daemon ends with 2 and one line that names it."""
import os
import subprocess
import tempfile
import unittest

import house

LIMIT = 20


class Errors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.chmod(self.folder, 0o755)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("key")],
                       check=True)

    def path(self, name):
        return f"{self.folder}/{name}"

    def file(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def refused(self, program, config, *words):
        """`run` ends with 2, and its one line that is no notice has all of `words`."""
        done = subprocess.run([program, "run", "--config", self.file("conf", config)],
                              capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 2, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line[:3] not in ("<5>", "<6>", "<4>")]
        wrong = [line for line in lines if not line.startswith("<3>")]
        self.assertEqual(len(wrong), 1, done.stderr)
        for word in words:
            self.assertIn(word, wrong[0])
        self.assertNotIn("started again", done.stderr)

    def agent(self, more, *words):
        self.refused(house.AGENT, f"state-directory = {self.path('state')}\n"
                     f"key-directory = {self.path('keys')}\n{more}\n", *words)

    def collector(self, more, *words):
        key = "" if "client-key" in more else f"client-key = {self.path('key')}\n"
        self.refused(house.COLLECTOR, f"state-directory = {self.path('state')}\n{key}{more}\n", *words)

    def test_a_line_of_the_configuration(self):
        self.agent("state-dir = /x", "conf:3", '"state-dir = /x"')
        self.collector("colection = /x", "conf:3", '"colection = /x"')

    def test_the_startup_data(self):
        file = self.path("startup.json")
        self.agent(f"startup = {file}", file, "No such file")
        self.file("startup.json", '{"x": 1')
        self.agent(f"startup = {file}", file, '"x" must be namespace-qualified')
        self.file("startup.json", '{"femto-agent-access:agent-access": {"listen": {"endpoint": ['
                  '{"name": "a", "address": "127.0.0.1", "port": 99999}]}}}')
        self.agent(f"startup = {file}", file, "99999", "port")

    def test_a_root_that_is_not_there(self):
        self.agent(f"root = {self.path('none')}", self.path("none"), "No such file")

    def test_the_policy_and_the_collection(self):
        for setting in ("policy", "collection"):
            file = self.path("data.json")
            if os.path.exists(file):
                os.remove(file)
            self.collector(f"{setting} = {file}", file, "No such file")
            self.file("data.json", "{")
            self.collector(f"{setting} = {file}", file, "not ")
            self.file("data.json", '{"femto-security:femto-security": {"bogus": 1}}')
            self.collector(f"{setting} = {file}", file)

    def test_the_key_for_nodes(self):
        file = self.path("bad")
        self.collector(f"client-key = {file}", file, "No such file")
        self.file("bad", "garbage")
        self.collector(f"client-key = {file}", file, "private key")

    def test_a_damaged_store_is_named_and_left_as_it_is(self):
        os.mkdir(self.path("state"), 0o777)
        os.chmod(self.path("state"), 0o777)
        store = self.file("state/store.sqlite", "garbage")
        os.chmod(store, 0o666)
        self.collector("", store, "not a database")
        with open(store) as f:
            self.assertEqual(f.read(), "garbage")

    @unittest.skipIf(os.geteuid() != 0, "root becomes somebody else, who may not")
    def test_a_store_that_its_user_may_not_reach(self):
        os.chmod(self.folder, 0o700)
        self.collector("", self.path("state/store.sqlite"), "Permission denied")


if __name__ == "__main__":
    unittest.main(verbosity=2)
