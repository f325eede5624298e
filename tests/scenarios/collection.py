"""What cuts across."""
from node import YESCRYPT
from rows import bad, live_only, row, unknown


def unreadable(node):
    node.modes["etc/shadow"] = 0


def second_root(node):
    unreadable(node)
    node.append("etc/passwd", "toor:x:0:0::/root:/bin/bash\n")


PASSWORDS_UNKNOWN = (
    *(unknown("empty-password", name) for name in (
        "root", "daemon", "sshd", "chrony", "femto", "operator", "maintainer", "viewer")),
    *(unknown(rule, words="/etc/shadow") for rule in (
        "empty-password", "password-hash-scheme", "account-groups", "extra-root-user",
        "passwordless-privilege", "unexpected-setuid", "unexpected-user")),
    unknown("account-groups", "account groups"), unknown("account-groups", "unprivileged account"),
    unknown("unexpected-user", "root"))
row("C01", "shadow cannot be read: what depends on it is not known", unreadable,
    *PASSWORDS_UNKNOWN, user=65534)
row("C01 and a second root", "and what is wrong in passwd is found all the same", second_root,
    bad("extra-root-user", "toor"), bad("unexpected-user", "toor"),
    bad("account-groups", "root", "toor"), unknown("empty-password", "toor"), *PASSWORDS_UNKNOWN,
    user=65534)
ODD = "/opt/a<b&c'\"]]>\n\x1b[31m\\"


def odd_bytes(node):
    node.program(ODD)
    node.process(500, ODD, ODD, "<!--", "\x01")


row("C03", "mark-up, quotes and control bytes in a path", odd_bytes,
    bad("unexpected-process", ODD.replace("\x1b", "\\x1b") + " root"),
    bad("software-unexpected", ODD.replace("\x1b", "\\x1b")))


def windows_lines(node):
    node.edit("etc/ssh/sshd_config", "\n", "\r\n")


row("C02 CRLF", "sshd takes a carriage return for white space", windows_lines)
row("C02 long line", "a line of 1 MB in sudoers", lambda node: node.file(
    "etc/sudoers.d/long", "#" + " " + (1 << 20) * "x" + "\n"))


def invalid_name(node):
    node.files["etc/passwd"] = node.files["etc/passwd"].encode() \
        + b"b\xffd:x:1003:1002::/home/b:/bin/bash\n"
    node.append("etc/shadow", "")
    node.files["etc/shadow"] = node.files["etc/shadow"].encode() \
        + b"b\xffd:" + YESCRYPT.encode() + b":19700:0:365:7:::\n"


row("C02 invalid UTF-8", "a user whose name is no text", invalid_name,
    bad("unexpected-user", "b\\xffd", severity="critical"), bad("account-groups", "viewer", "b\\xffd"))


row("C02 garbage", "a process that is not understood: nobody says that all is well",
    lambda node: node.file("proc/500/stat", "500 no brackets here\n"),
    *(unknown(rule, words="/proc/500/stat: no name in brackets") for rule in (
        "suspicious-process", "unexpected-process", "unexpected-port",
        "port-scope", "port-owner", "root-remote-login", "empty-password-login",
        "failed-login-limit", "failed-login-lockout", "login-session-limits", "ssh-in-use",
        "telnet-disabled", "insecure-service", "password-min-length", "password-complexity",
        "password-enforced", "password-history", "password-dictionary", "password-hash-scheme")),
    unknown("unexpected-user", "root"))  # it may be an sshd, that looks for keys anywhere


def no_lists(profile):
    profile.pop("permitted", None)
    profile.pop("manifest", None)


row("C10", "no lists", None,
    *(unknown(rule, words="no list") for rule in (
        "unexpected-user", "account-groups", "unexpected-setuid", "unexpected-process",
        "missing-process", "unexpected-port", "port-scope", "port-owner", "software-modified", "software-missing",
        "software-unexpected")), policy=no_lists)
for name, reason in (("C04", "two sessions"), ("C05", "reports and their order"),
                     ("C08", "two episodes in the store"), ("C09", "an agent that dies")):
    live_only(name, reason + ": test_collector")
