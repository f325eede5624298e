"""Management systems that are called (RFC 8071), and a path between them and a node that can be slow
or go dead as a translation of addresses does that has forgotten a connection."""
import select
import socket
import threading
import time

import paramiko

HELLO = ('<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>'
         'urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>')
AGENT_VERSION = ('<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><get><filter>'
                 '<femto-security xmlns="urn:femtowatch:yang:femto-security"><status>'
                 '<agent-version/></status></femto-security></filter></get></rpc>]]>]]>')


def listening(port=0):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(16)
    return server


class Server:
    """Takes connections in a thread until it is closed."""

    def __init__(self, port=0):
        self.socket = listening(port)
        self.port = self.socket.getsockname()[1]
        self.calls = []  # moments
        self.open = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.open:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            connection, _ = self.socket.accept()
            self.calls.append(time.monotonic())
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def close(self):
        self.open = False
        self.thread.join()
        self.socket.close()

    def gaps(self):
        return [b - a for a, b in zip(self.calls, self.calls[1:])]


class Manager(Server):
    """Knows the node by its host key, and holds a session until it ends."""

    def __init__(self, user, key, host_key, port=0):
        self.user, self.key = user, paramiko.Ed25519Key.from_private_key_file(key)
        self.host_key = host_key
        self.sessions = []  # moments at which hello was there
        self.refused = 0
        self.channels = []
        super().__init__(port)

    def serve(self, connection):
        transport = paramiko.Transport(connection)
        try:
            transport.start_client(timeout=20)
            if transport.get_remote_server_key().get_base64() != self.host_key:
                self.refused += 1
                return
            transport.auth_publickey(self.user, self.key)
            channel = transport.open_session(timeout=20)
            channel.invoke_subsystem("netconf")
            if "<session-id>" in self.message(channel):
                channel.sendall(HELLO)
                self.channels.append(channel)
                self.sessions.append(time.monotonic())
            while not channel.closed and self.open:
                time.sleep(0.05)
        except (paramiko.SSHException, EOFError, OSError):
            pass  # the test counts what there was
        finally:
            transport.close()

    @staticmethod
    def message(channel):
        channel.settimeout(20)
        text = b""
        while b"]]>]]>" not in text:
            block = channel.recv(65536)
            if not block:
                break
            text += block
        return text.decode()

    def answers(self):
        """Whether the last session does, and in how many seconds."""
        start = time.monotonic()
        self.channels[-1].sendall(AGENT_VERSION)
        return "<agent-version>" in self.message(self.channels[-1]), time.monotonic() - start


class Path(Server):
    """Forwards to a port; each block arrives `delay` seconds later."""

    def __init__(self, port, delay=0.0):
        self.to = port
        self.delay = delay
        self.generation = 0
        super().__init__()

    def forget(self):
        """Nothing more passes on the connections that there are, and nobody is told."""
        self.generation += 1

    def serve(self, connection):
        onward = socket.create_connection(("127.0.0.1", self.to))
        generation = self.generation
        other = {connection: onward, onward: connection}
        waiting = []  # moment, to whom, bytes
        while self.open:
            until = waiting[0][0] - time.monotonic() if waiting else 0.1
            for end in select.select(list(other), [], [], max(0.0, min(until, 0.1)))[0]:
                try:
                    block = end.recv(65536)
                except OSError:
                    block = b""
                waiting.append((time.monotonic() + self.delay, other[end], block))
                if not block:
                    del other[end]
            while waiting and waiting[0][0] <= time.monotonic():
                _, end, block = waiting.pop(0)
                if generation != self.generation:
                    continue
                if not block:
                    connection.close()
                    onward.close()
                    return
                end.sendall(block)
        connection.close()
        onward.close()
