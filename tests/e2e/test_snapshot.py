"""What `femtowatch-agent snapshot` prints, by yanglint and by whoever runs it."""
import glob
import json
import os
import pwd
import subprocess
import tempfile
import unittest

import house

YANG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "yang")
CATEGORIES = {"password-configuration", "remote-login", "remote-maintenance", "user-permissions",
              "running-processes", "open-ports", "software-integrity"}


def short(identity):
    return identity.partition(":")[2]


class Snapshot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="femtowatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def snapshot(self, *options, user=None):
        """Text and {category: row of its status}."""
        done = subprocess.run([house.AGENT, "snapshot", *options], capture_output=True, text=True,
                              user=user, cwd="/", check=True)
        tree = json.loads(done.stdout)["femto-security:femto-security"]
        rows = {short(row["type"]): row for row in tree["status"]["category"]}
        self.assertEqual(set(rows), CATEGORIES)
        return done.stdout, rows

    def assert_valid(self, text):
        file = f"{self.folder}/snapshot.json"
        with open(file, "w") as f:
            f.write(text)
        ietf = os.path.dirname(glob.glob("/usr/share/yuma/modules/**/ietf-inet-types*.yang",
                                         recursive=True)[0])
        done = subprocess.run(["yanglint", "-p", YANG, "-p", ietf, "-t", "data",
                               f"{YANG}/femto-security-types.yang", f"{YANG}/femto-security.yang",
                               file], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_this_machine_is_read_and_the_result_is_valid(self):
        text, rows = self.snapshot()
        self.assert_valid(text)
        for category, row in rows.items():
            self.assertIn(short(row["status"]), ("collected", "partial"), (category, row))

    @unittest.skipIf(os.geteuid() != 0, "only root can become somebody else")
    def test_a_normal_user_is_told_what_could_not_be_read(self):
        nobody = pwd.getpwnam("nobody").pw_uid
        text, rows = self.snapshot(user=nobody)
        self.assert_valid(text)
        row = rows["user-permissions"]
        self.assertEqual(short(row["status"]), "partial")
        self.assertIn("permission-denied", [short(reason) for reason in row["reason"]])
        self.assertIn("/etc/shadow", [source["name"] for source in row["source"]])

    def test_in_an_empty_root_every_source_is_missing(self):
        root = f"{self.folder}/root"
        os.mkdir(root)
        text, rows = self.snapshot("--root", root)
        self.assert_valid(text)
        for category, row in rows.items():
            self.assertEqual((short(row["status"]), [short(r) for r in row["reason"]]),
                             ("not-collected", ["source-missing"]), category)


if __name__ == "__main__":
    unittest.main(verbosity=2)
