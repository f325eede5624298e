"""Attacks that never get as far as a request, by name. Each says in a few words what the agent did."""
import contextlib
import os
import subprocess
import time

import libssh
from attacker import HELLO10
from libssh import Client


def closed(sockets):
    """How many the agent has closed."""
    count = 0
    for one in sockets:
        one.setblocking(False)
        try:
            while one.recv(4096):
                pass
            count += 1
        except BlockingIOError:
            pass
        except OSError:
            count += 1
    return count


def ended(session, seconds):
    """Whether the agent ends a session within a time; and after how long."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            session.block(100)
        except EOFError:
            return f"ended after {time.monotonic() - start:.1f} s"
    return "not ended"


# Before login.

def silent_connections(field):
    held = [field.connection(f"127.0.{1 + i // 200}.{1 + i % 200}") for i in range(field.many(500))]
    time.sleep(2)
    done = f"{closed(held)} of {len(held)} closed to make room"
    for one in held:
        one.close()
    return done


def silent_connections_of_one(field):
    held = [field.connection() for _ in range(field.many(500))]
    time.sleep(1)
    done = f"{closed(held)} of {len(held)} closed to make room"
    for one in held:
        one.close()
    return done


def drips_before_login(field):
    held = [field.connection() for _ in range(8)]
    for byte in b"SSH-2.0-slow\r\n"[:field.many(14, 3)]:
        for one in held:
            with contextlib.suppress(OSError):
                one.send(bytes([byte]))
        time.sleep(1)
    done = f"{closed(held)} of 8 closed so far"
    for one in held:
        one.close()
    return done


def connections_come_and_go(field):
    for _ in range(field.many(2000)):
        field.connection().close()
    return f"{field.many(2000)} accepted"


def garbage_before_login(field):
    held = []
    for _ in range(field.many(100)):
        one = field.connection()
        with contextlib.suppress(OSError):
            one.sendall(b"SSH-2.0-x\r\n" + os.urandom(20000))
        held.append(one)
    time.sleep(1)
    return f"{closed(held)} of {len(held)} closed"


def key_flood(field):
    keys = []
    for i in range(8):
        file = f"{field.folder}/flood{i}"
        if not os.path.exists(file):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        keys.append(libssh.key(file))
    offered = []
    for _ in range(field.many(100)):
        one = Client(field.port, field.user, None)
        count = 0
        with contextlib.suppress(libssh.Refused):
            for key in keys * 8:
                count += 1
                assert not one.offer(key), "a key that is not the user's"
        offered.append(count)
        one.close()
    return f"{len(offered)} connections ended after {min(offered)}-{max(offered)} keys"


# Frames and hellos.

def bad_frames(field):
    count = 0
    bad = (b"\n##\n", b"\n#0\n", b"\n#-1\n", b"\n#18446744073709551615\nx", b"\n#4000000000\n",
           b"\n#4294967295\nx", b"\n#01\nx\n##\n", b"<rpc/>]]>]]>", b"\n#1\n\0\n##\n", b"\r\n#1\nx\n##\n")
    for frame in bad:
        with field.session() as session:
            session.write(frame)
            count += ended(session, 10) != "not ended"
    return f"{count} of {len(bad)} sessions ended"


def drips(field, hello, begin):
    """A byte a second, in a hello or in a message."""
    with field.session(hello=hello) as session:
        session.write(begin)
        start = time.monotonic()
        try:
            while time.monotonic() - start < field.many(45, 4):
                session.write(b"x")
                session.block(1000)
        except EOFError:
            return f"ended after {time.monotonic() - start:.1f} s"
        return f"goes on after {time.monotonic() - start:.0f} s"


def drips_in_hello(field):
    return drips(field, None, libssh.HELLO[:40].encode())


def drips_in_message(field):
    return drips(field, libssh.HELLO, b"\n#100000\n<rpc ")


def endless(field, hello, begin, block):
    """A message that goes on and on."""
    most = field.many(1 << 30)
    with field.session(hello=hello) as session:
        sent = 0
        try:
            session.write(begin)
            while sent < most:
                session.write(block)
                sent += len(block)
            state = ended(session, 10)
        except EOFError:
            state = "ended"
        return f"{state}; {sent / (1 << 20):.1f} MiB went out"


def endless_chunks(field):
    block = b"x" * 60000
    return endless(field, libssh.HELLO, b"", b"\n#%d\n%b" % (len(block), block))


def endless_chunk(field):
    return endless(field, libssh.HELLO, b"\n#4294967295\n", b"x" * 60000)


def endless_message(field):
    return endless(field, HELLO10, b"", b"<rpc>" * 12000)


def endless_hello(field):
    return endless(field, None, b"<hello>", b"x" * 60000)
