"""A peer of the agent that means no good, and what he has at hand."""
import socket
import time

import libssh
from house import NS
from libssh import BASE, Client

LEAF = '<get><filter type="subtree"><femto-security xmlns="%s"><status><agent-version/></status>' \
       "</femto-security></filter></get>" % NS["fs"]
CATEGORY = '<type xmlns:t="urn:femtowatch:yang:femto-security-types">t:software-integrity</type>'
SUBSCRIBE = '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>'
HELLO10 = libssh.HELLO.replace("base:1.1", "base:1.0")


def collection(inner):
    return '<edit-config><target><running/></target><config><femto-security xmlns="%s"><collection>%s' \
           "</collection></femto-security></config></edit-config>" % (NS["fs"], inner)


def xpath(expression):
    return f'<get><filter type="xpath" xmlns:fs="{NS["fs"]}" xmlns:nacm="{NS["nacm"]}" ' \
           f'select="{expression}"/></get>'


def rpc(body):
    return f'<rpc xmlns="{BASE}" message-id="1">{body}</rpc>'


class Field:
    """An agent's port, and a user who may write."""

    def __init__(self, port, folder, scale):
        self.port, self.folder, self.scale = port, folder, scale
        self.user = "manager"
        self.key = libssh.key(f"{folder}/manager")

    def session(self, **more):
        return Client(self.port, self.user, self.key, **more)

    def connection(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.port), 10, (source, 0))

    def many(self, count, least=1):
        return max(least, int(count * self.scale))


def outcome(reply):
    tag = reply.partition(b"<error-tag>")[2].partition(b"<")[0].decode()
    return tag or ("ok" if b"<ok" in reply else f"{len(reply) // 1024} KiB of answer")


def ask(field, body, timeout=60):
    """A request of a session of its own; what became of it."""
    start = time.monotonic()
    with field.session(timeout=timeout) as session:
        try:
            session.send(rpc(body))
            done = outcome(session.receive())
        except (EOFError, libssh.Refused):
            done = "session ended"
        except TimeoutError:
            done = "NO ANSWER"
    return f"{done}, {time.monotonic() - start:.1f} s"
