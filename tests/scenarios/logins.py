"""2 Remote login."""
from rows import bad, demand, row, unknown

CONF, DROP_IN = "etc/ssh/sshd_config", "etc/ssh/sshd_config.d/50.conf"
AUTH, ACCOUNT = "etc/pam.d/common-auth", "etc/pam.d/common-account"


def root_login(line, after=""):
    def change(node):
        node.edit(CONF, "PermitRootLogin no\n", line)
        node.append(CONF, after)
    return change


def lockout(words="lockout 0"):
    return (bad("failed-login-limit", "ssh", "max-failed-attempts 0", "critical"),
            bad("failed-login-lockout", "ssh", words))


row("R01", "the first of a file wins", root_login("PermitRootLogin no\nPermitRootLogin yes\n"))
row("R02", "a drop-in is read before the main file",
    lambda node: node.file(DROP_IN, "PermitRootLogin yes\n"),
    bad("root-remote-login", "ssh", "root-login-permitted", "critical"))
row("R04", "only in a Match block",
    root_login("PermitRootLogin no\n", "Match Address 10.0.0.0/8\n  PermitRootLogin yes\n"),
    bad("root-remote-login", "ssh", "Match Address 10.0.0.0/8", "critical"))
row("R09", "case, = and quotes", root_login("permitROOTlogin=\"yes\"\n"),
    bad("root-remote-login", "ssh", "root-login-permitted", "critical"))


def keys_suffice(profile):
    """root-remote-login, but root may come with a key."""
    demand(profile, "remote-login", "root-remote-login", {
        "select": "remote-login/login-policy",
        "limit": {"within": "scope", "bound": [
            {"leaf": "root-login", "severity": "critical",
             "one-of": ["root-login-denied", "root-login-key-only"]}]}})


for spelling in ("prohibit-password", "without-password"):
    line = f"PermitRootLogin {spelling}\n"
    row(f"R10 {spelling}", "keys of root, by the shipped policy", root_login(line),
        bad("root-remote-login", "ssh", "root-login-key-only", "major"))
    row(f"R10 {spelling} permitted", "keys of root, by a policy that permits them",
        root_login(line), policy=keys_suffice)


def corrected(node):
    node.file(CONF, node.files[CONF], time=1700000000 + 3600)


def reloaded(node):
    corrected(node)
    node.file("run/sshd.pid", "400\n", time=1700000000 + 3700)


row("R13", "corrected after sshd started, and not reloaded", corrected,
    unknown("root-remote-login", "ssh"), unknown("empty-password-login", "ssh"),
    *(unknown(rule, words="/etc/ssh/sshd_config was changed at") for rule in (
        "root-remote-login", "empty-password-login", "failed-login-limit", "failed-login-lockout",
        "login-session-limits")))
row("R13 reloaded", "corrected and reloaded", reloaded)
row("R14", "neither host keys nor /run/sshd: sshd -T says nothing, the file does",
    root_login("PermitRootLogin yes\n"), bad("root-remote-login", "ssh"))


def refused(node):
    node.append(CONF, "PermitRootLogn no\n")


row("R14 refused", "sshd would not start with this file", refused,
    *(unknown(rule, words="PermitRootLogn") for rule in (
        "root-remote-login", "empty-password-login", "failed-login-limit", "failed-login-lockout",
        "login-session-limits", "ssh-in-use", "telnet-disabled", "insecure-service",
        "password-min-length", "password-complexity", "password-enforced", "password-history",
        "password-dictionary", "password-hash-scheme")),
    unknown("unexpected-user", "root"))  # by a key, which may be anywhere


def two_daemons(node):
    node.file("etc/ssh/other_config", "Port 2222\nPermitRootLogin yes\nUsePAM yes\nMaxAuthTries 3\n"
              "KbdInteractiveAuthentication no\nLoginGraceTime 60\nClientAliveInterval 300\n")
    node.process(500, "/usr/sbin/sshd", "/usr/sbin/sshd", "-f", "/etc/ssh/other_config")
    node.listen("tcp", "0.0.0.0", 2222, 500)


row("R15", "a second sshd with a configuration of its own", two_daemons,
    bad("root-remote-login", "ssh", "2222"), bad("unexpected-port", "tcp 0.0.0.0:2222"))


def dropbear(node):
    node.end(400)
    node.program("/usr/sbin/dropbear")
    node.process(500, "/usr/sbin/dropbear", "/usr/sbin/dropbear", "-p", "10.1.0.7:22",
                 unit="dropbear.service")
    node.listen("tcp", "10.1.0.7", 22, 500)


row("R16", "dropbear without -w in place of sshd", dropbear,
    bad("root-remote-login", "ssh", "root-login-permitted", "critical"),
    bad("unexpected-process", "/usr/sbin/dropbear root"),
    bad("port-owner", "tcp 10.1.0.7:22", "/usr/sbin/dropbear"),
    bad("software-unexpected", "/usr/sbin/dropbear"),
    bad("login-session-limits", "ssh"), *lockout())


def without(line):
    return lambda node: node.edit(AUTH, line, "")


row("R17", "deny = 0 is no limit",
    lambda node: node.file("etc/security/faillock.conf", "deny = 0\nunlock_time = 900\n"), *lockout())
row("R22", "failures are never recorded",
    without("auth [default=die] pam_faillock.so authfail\nauth sufficient pam_faillock.so authsucc\n"),
    *lockout())
row("R23", "a good stack that sshd does not use",
    lambda node: node.edit(CONF, "UsePAM yes\n", "UsePAM no\n"), *lockout())


def no_lockout(node):
    for file in (AUTH, ACCOUNT):
        lines = node.files[file].splitlines(keepends=True)
        node.file(file, "".join(line for line in lines if "faillock" not in line))


row("R25", "MaxAuthTries limits a connection, not an account", no_lockout, *lockout())


def option(node):
    node.processes[400]["words"] = (
        "sshd: /usr/sbin/sshd -D -o PermitRootLogin=yes [listener] 0 of 10-100 startups",)


def faillock(old, new):
    return lambda node: node.edit("etc/security/faillock.conf", old, new)


row("R04 user", "for root only",
    root_login("PermitRootLogin no\n", "Match User root\n  PermitRootLogin yes\n"),
    bad("root-remote-login", "ssh", "Match User root", "critical"))
row("R04 never", "for a port that is not listened on",
    root_login("PermitRootLogin no\n", "Match LocalPort 2222\n  PermitRootLogin yes\n"))
def access(text):
    def change(node):
        root_login("PermitRootLogin yes\n")(node)
        node.file(ACCOUNT, "account required pam_access.so\n" + node.files[ACCOUNT])
        node.file("etc/security/access.conf", text)
    return change


row("R04 pam_access", "root refused by pam_access, from wherever", access("-:root:ALL\n"))
row("R04 pam_access from", "root let in by pam_access from a network, and refused elsewhere",
    access("+:root:10.0.0.0/8\n-:root:ALL\n"),
    bad("root-remote-login", "ssh", "root is let in from 10.0.0.0/8", "critical"))
row("R04 pam_access cut", "a last line without its end, which pam_access passes over",
    access("-:root:ALL"), bad("root-remote-login", "ssh", "root-login-permitted", "critical"))
row("R09 default", "nothing said: keys of root", root_login(""),
    bad("root-remote-login", "ssh", "root-login-key-only", "major"))
row("R15 option", "only on the command line", option,
    bad("root-remote-login", "ssh", "root-login-permitted", "critical"))
row("R17 six", "one too many", faillock("deny = 5", "deny = 6"),
    bad("failed-login-limit", "ssh", "max-failed-attempts 6", "major"))
row("R17 a minute", "locked for too short", faillock("= 900", "= 60"),
    bad("failed-login-lockout", "ssh", "lockout 60", "major"))
