"""A NETCONF client of libssh itself, which the agent needs anyway: a session costs the client little
over its key exchange, and neither a process nor a thread. Whoever is measured meets the same one."""
import ctypes
import time

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
HELLO = f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.1' \
        '</capability></capabilities></hello>'
END_OF_HELLO, END = b"]]>]]>", b"\n##\n"

# of enum ssh_options_e
HOST, PORT, FD, USER, TIMEOUT, NODELAY, PROCESS_CONFIG, REKEY_DATA = 0, 1, 3, 4, 9, 36, 38, 39

library = ctypes.CDLL("libssh.so.4")
for name in ("ssh_new", "ssh_channel_new"):
    getattr(library, name).restype = ctypes.c_void_p
library.ssh_get_error.restype = ctypes.c_char_p


def key(file):
    """A private key; kept for as long as the program runs."""
    found = ctypes.c_void_p()
    if library.ssh_pki_import_privkey_file(file.encode(), None, None, None, ctypes.byref(found)) != 0:
        raise ValueError(f"{file} is no private key")
    return found


class Refused(Exception):
    pass


class Client:
    """A session with both hellos exchanged. `read` has what else may be read before that is an error."""

    def __init__(self, port, user, with_key, rekey=None, hello=HELLO, timeout=20):
        self.rest = bytearray()
        self.timeout = timeout
        self.channel = None
        self.ssh = ctypes.c_void_p(library.ssh_new())
        for option, value in ((HOST, b"127.0.0.1"), (USER, user.encode())):
            library.ssh_options_set(self.ssh, option, ctypes.c_char_p(value))
        for option, value in ((PORT, port), (NODELAY, 1), (PROCESS_CONFIG, 0)):
            library.ssh_options_set(self.ssh, option, ctypes.byref(ctypes.c_int(value)))
        library.ssh_options_set(self.ssh, TIMEOUT, ctypes.byref(ctypes.c_long(timeout)))
        if rekey:
            library.ssh_options_set(self.ssh, REKEY_DATA, ctypes.byref(ctypes.c_uint64(rekey)))
        self.done(library.ssh_connect(self.ssh))
        if with_key is None:
            return
        if not self.offer(with_key):
            raise Refused(user)
        self.open()
        if hello is not None:
            self.write(hello.encode() + END_OF_HELLO)
            self.hello = self.receive(END_OF_HELLO)

    def done(self, result):
        if result != 0:
            raise Refused(library.ssh_get_error(self.ssh).decode(errors="replace"))

    def offer(self, one):
        """Whether the server lets this key in."""
        result = library.ssh_userauth_publickey(self.ssh, None, one)
        if result == -1:
            raise Refused(library.ssh_get_error(self.ssh).decode(errors="replace"))
        return result == 0

    def open(self):
        self.channel = ctypes.c_void_p(library.ssh_channel_new(self.ssh))
        self.done(library.ssh_channel_open_session(self.channel))
        self.done(library.ssh_channel_request_subsystem(self.channel, b"netconf"))

    def fileno(self):
        return library.ssh_get_fd(self.ssh)

    def write(self, data):
        if library.ssh_channel_write(self.channel, data, len(data)) != len(data):
            raise EOFError(library.ssh_get_error(self.ssh).decode(errors="replace"))

    def send(self, text):
        data = text.encode()
        self.write(b"\n#%d\n%b\n##\n" % (len(data), data))

    def block(self, milliseconds):
        """What comes next; nothing in time is nothing, an end is EOFError."""
        buffer = ctypes.create_string_buffer(1 << 17)
        size = library.ssh_channel_read_timeout(self.channel, buffer, len(buffer), 0, milliseconds)
        if size > 0:
            return buffer.raw[:size]
        if size == 0 and not library.ssh_channel_is_eof(self.channel) \
                or size == -2:  # SSH_AGAIN
            return b""
        raise EOFError("the session has ended")

    def receive(self, end=END):
        until = time.monotonic() + self.timeout
        looked = 0
        while (at := self.rest.find(end, looked)) < 0:
            looked = max(len(self.rest) - len(end) + 1, 0)
            block = self.block(1000)
            if not block and time.monotonic() > until:
                raise TimeoutError("no message in time")
            self.rest += block
        message = bytes(self.rest[:at])
        del self.rest[:at + len(end)]
        return message

    def arrived(self):
        """How many messages are whole now, without waiting."""
        count = 0
        while block := self.block(0):
            data = bytes(self.rest) + block
            count += data.count(END)
            self.rest = bytearray(data[data.rfind(END) + len(END):] if END in data else data)
        return count

    def rpc(self, body):
        self.send(f'<rpc xmlns="{BASE}" message-id="1">{body}</rpc>')
        return self.receive()

    def close(self):
        """At once, whatever the server thinks of it."""
        if self.ssh:
            library.ssh_disconnect(self.ssh)
            library.ssh_free(self.ssh)
            self.ssh = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
