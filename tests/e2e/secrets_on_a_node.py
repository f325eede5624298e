"""Secrets made for one test, and the search for them in whatever the programs let out: any eight
characters in a row of one count, also in hexadecimal and in base64."""
import base64
import ctypes
import os
import random
import string

from cryptography.hazmat.primitives import serialization

WINDOW = 8
ALPHABET = string.ascii_letters + string.digits
crypt = ctypes.CDLL("libcrypt.so.1").crypt  # Python's own module is gone with 3.13
crypt.restype = ctypes.c_char_p


def word(length=24):
    return "".join(random.SystemRandom().choice(ALPHABET) for _ in range(length))


def crypted(salt):
    return crypt(word().encode(), salt.encode()).decode()


def hashed(scheme):
    """A password field of shadow(5)."""
    return {"yescrypt": lambda: f"$y$j9T${word(22)}${word(43)}",
            "sha512crypt": lambda: crypted(f"$6${word(16)}"),
            "md5crypt": lambda: crypted(f"$1${word(8)}"),
            "descrypt": lambda: word(13)}[scheme]()


def pem():
    """A file that looks like a private key, and its secret lines."""
    lines = [word(64) for _ in range(6)]
    head, tail = (f"-----{which} PRIVATE KEY-----" for which in ("BEGIN", "END"))
    return "\n".join([head, *lines, tail, ""]), lines


def private_part(path):
    """The number that makes a private key private; the rest of its file is public."""
    with open(path, "rb") as f:
        text = f.read()
    load = serialization.load_ssh_private_key if b"OPENSSH" in text else \
        serialization.load_pem_private_key
    key = load(text, password=None)
    if hasattr(key, "private_numbers"):
        return key.private_numbers().private_value.to_bytes(key.key_size // 8, "big")
    return key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
                             serialization.NoEncryption())


def written(secret):
    """How bytes may be written. Those of base64 depend on where in a group of three they begin."""
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    for before in range(3):
        yield base64.b64encode(bytes(before) + secret)[4 if before else 0:].rstrip(b"=")[:-1]


class Search:
    def __init__(self):
        self.windows = {}  # of bytes: the name of the secret
        self.names = set()

    def add(self, name, secret):
        """Text is looked for as it is, in the pieces between the marks of crypt(5); bytes are not."""
        self.names.add(name)
        raw = secret.encode() if isinstance(secret, str) else secret
        forms = list(written(raw))
        if isinstance(secret, str):
            forms += [piece.encode() for piece in secret.replace("/", "$").replace(".", "$").split("$")]
        for form in forms:
            for at in range(len(form) - WINDOW + 1):
                self.windows[form[at:at + WINDOW]] = name

    def leaks(self, data):
        """{name of a secret: what is around it}"""
        found = {}
        for at in range(len(data) - WINDOW + 1):
            name = self.windows.get(data[at:at + WINDOW])
            if name and name not in found:
                found[name] = data[max(at - 150, 0):at + 80].decode(errors="replace")
        return found


def files_below(folder):
    for at, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(at, name)
