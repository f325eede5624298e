"""The agent's SSH side as OpenSSH's own client meets it: what `ssh -s HOST netconf` gets, in a
session and in an engineer's script."""
import os
import select
import subprocess
import time
import unittest

import house
from house import NS

BASE = NS["nc"]
END = b"]]>]]>"
HELLO = f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:%s' \
        '</capability></capabilities></hello>]]>]]>'
LEAF = f'<get><filter><femto-security xmlns="{NS["fs"]}"><status><agent-version/></status>' \
       '</femto-security></filter></get>'
CLOSE = "<close-session/>"


def rpc(body, number=1):
    return f'<rpc xmlns="{BASE}" message-id="{number}">{body}</rpc>'


def request(body, number=1):
    return rpc(body, number) + "]]>]]>"


def chunk(text):
    return f"\n#{len(text)}\n{text}\n##\n"


class OpenSsh(house.House):
    def ssh(self, *options):
        return ["ssh", "-F", "/dev/null", "-p", str(self.port), "-i", f"{self.folder}/manager", "-o",
                "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
                f"UserKnownHostsFile={self.folder}/known", *options, "-s", "manager@127.0.0.1",
                "netconf"]

    def script(self, text, *options):
        """A script of an engineer: all requests on stdin, which is closed behind them."""
        return subprocess.run(self.ssh(*options), input=text.encode(), capture_output=True,
                              timeout=60)

    def start(self, *options):
        self.left = b""
        process = subprocess.Popen(self.ssh(*options), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def receive(self, process, seconds=20):
        end = time.monotonic() + seconds
        while END not in self.left:
            ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, "no message in time")
            block = os.read(process.stdout.fileno(), 65536)
            self.assertTrue(block, process.stderr)
            self.left += block
        message, _, self.left = self.left.partition(END)
        return message

    def say(self, process, text):
        process.stdin.write(text.encode())

    def session(self, *options):
        process = self.start(*options)
        self.say(process, HELLO % "1.0")
        self.assertIn(b"<session-id>", self.receive(process))
        return process

    def close(self, process):
        """close-session is answered, and ssh ends by itself, with success."""
        self.say(process, request(CLOSE, 99))
        self.assertIn(b"<ok/>", self.receive(process))
        self.assertEqual(process.wait(20), 0, process.stderr)

    def test_a_session_ends_with_success(self):
        process = self.session()
        self.say(process, request(LEAF))
        self.assertIn(b"<agent-version>", self.receive(process))
        self.close(process)
        self.assertEqual(self.left, b"")

    def test_keepalives_are_answered(self):
        process = self.session("-vvv", "-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1")
        answers = 0
        while answers < 3:  # SSH_MSG_REQUEST_FAILURE; ssh would end itself without
            ready, _, _ = select.select([process.stderr], [], [], 20)
            self.assertTrue(ready, "no keepalive in time")
            block = os.read(process.stderr.fileno(), 65536)
            self.assertTrue(block, "ssh has ended")
            answers += block.count(b"receive packet: type 82") \
                + block.count(b"receive packet: type 81")
        self.say(process, request(LEAF))
        self.assertIn(b"<agent-version>", self.receive(process))
        self.close(process)

    def test_what_else_a_client_asks_for_does_no_harm(self):
        for options in (("-A",), ("-C",), ("-o", "SetEnv=A=b"),
                        ("-R", "0:127.0.0.1:1"), ("-o", "RekeyLimit=32K")):
            with self.subTest(options=options):
                process = self.session(*options)
                for _ in range(20):
                    self.say(process, request(LEAF))
                    self.assertIn(b"<agent-version>", self.receive(process))
                self.close(process)

    def test_a_script_gets_all_replies(self):
        done = self.script(HELLO % "1.0" + request(LEAF, 1) + request(CLOSE, 2))
        self.assertEqual(done.returncode, 0, done.stderr)
        hello, leaf, ok, rest = done.stdout.split(END)
        self.assertIn(b"<session-id>", hello)
        self.assertIn(b'message-id="1"><data><femto-security', leaf)
        self.assertIn(b'message-id="2"><ok/>', ok)
        self.assertEqual(rest, b"")

    def test_a_script_in_chunks(self):
        done = self.script(HELLO % "1.1" + chunk(rpc(LEAF, 1)) + chunk(rpc(CLOSE, 2)))
        self.assertEqual(done.returncode, 0, done.stderr)
        replies = done.stdout.partition(END)[2]
        self.assertIn(b"<agent-version>", replies)
        self.assertIn(b'message-id="2"><ok/>', replies)
        self.assertTrue(replies.endswith(b"\n##\n"), replies[-100:])

    def test_a_script_without_close(self):
        done = self.script(HELLO % "1.0" + request(LEAF))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"<agent-version>", done.stdout)
        self.assertTrue(done.stdout.endswith(END), done.stdout[-100:])

    def test_a_script_that_asks_for_much(self):
        # More than the queues between server and client hold.
        self.read_once()
        count = 40
        text = HELLO % "1.0" + "".join(request("<get/>", i) for i in range(count))
        done = self.script(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        replies = done.stdout.split(END)[1:-1]
        self.assertEqual(len(replies), count)
        for i, reply in enumerate(replies):
            self.assertIn(b'message-id="%d"><data>' % i, reply[:200])
            self.assertTrue(reply.endswith(b"</rpc-reply>"))

    def test_a_refusal_says_why(self):
        done = self.script(HELLO % "2.0")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"hello has no base protocol in common", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
