"""4 User permissions."""
import json
import os

from node import YESCRYPT
from rows import bad, row, unknown

SUDO = "etc/sudoers.d/zz-row"


def account(line, shadow=None):
    """One more line in passwd(5), with a password unless something else is said."""
    name = line.split(":")[0]

    def change(node):
        node.append("etc/passwd", line + "\n")
        node.append("etc/shadow", shadow or f"{name}:{YESCRYPT}:19700:0:365:7:::\n")
    return change


row("U01", "a second root", account("toor:x:0:0::/root:/bin/bash"),
    bad("extra-root-user", "toor", "uid 0"), bad("unexpected-user", "toor", severity="critical"),
    bad("account-groups", "root", "toor"))
for number in ("00", "+0", "-0", " 0"):
    row(f"U02 {number!r}", "0 in other words",
        account(f"backdoor:x:{number}:1002::/home/b:/bin/bash"),
        bad("extra-root-user", "backdoor", "uid 0"), bad("unexpected-user", "backdoor"),
        bad("account-groups", "viewer", "backdoor"))


def renamed(node):
    for path in ("etc/passwd", "etc/shadow"):
        node.file(path, "admin" + node.files[path][len("root"):])
    node.edit("etc/sudoers", "root ", "admin ")


def renamed_in_lists(profile):
    """The lists name the account with uid 0 as it is called now."""
    def walk(at, key=None):
        if isinstance(at, dict):
            return {k: walk(v, k) for k, v in at.items()}
        if isinstance(at, list):
            return [walk(one, key) for one in at]
        if at == "root" and key in ("name", "user", "member", "principal", "owner"):
            return "admin"
        return "admin:root" if (key, at) == ("owner", "root:root") else at
    groups = profile["permitted"].pop("group")
    for group in groups:
        group["member"] = ["admin" if m == "root" else m for m in group["member"]]
    profile["permitted"] = walk(profile["permitted"])
    profile["permitted"]["group"] = groups


row("U04", "root under another name that is listed", renamed, policy=renamed_in_lists)


def empty_in_passwd(node):
    node.edit("etc/passwd", "operator:x:", "operator::")
    node.edit("etc/shadow", f"operator:{YESCRYPT}", "operator:!*")
    node.edit("etc/pam.d/common-auth", "pam_unix.so", "pam_unix.so nullok")


row("U05", "no password in passwd, locked in shadow", empty_in_passwd,
    bad("empty-password", "operator"),
    bad("empty-password-login", "ssh", "empty-password-permitted true"),
    bad("empty-password-login", "console-login", "empty-password-permitted true"))
row("U06", "no password in shadow",
    lambda node: node.edit("etc/shadow", f"viewer:{YESCRYPT}", "viewer:"),
    bad("empty-password", "viewer"))


def sudo(text, path=SUDO):
    return lambda node: node.file(path, text)


row("U09", "a rule for a uid looks like a comment", sudo("#1001 ALL=(ALL) NOPASSWD: ALL\n"),
    bad("passwordless-privilege", "#1001 ALL ALL", severity="critical"),
    bad("account-groups", "#1001 ALL ALL", "not listed"))


def ignored(node):
    for name in ("50.x", "50-x~"):
        node.file(f"etc/sudoers.d/{name}", "operator ALL=(ALL) NOPASSWD: ALL\n")


row("U10", "names that sudo passes over", ignored)
row("U12", "aliases, and a rule on two lines", sudo(
    "User_Alias STAFF = viewer\nCmnd_Alias EDIT = /usr/bin/vi, \\\n  /usr/bin/nano\n"
    "STAFF ALL = (root) \\\n  NOPASSWD: EDIT\n"),
    bad("unexpected-user", "viewer", "privileged true"),
    *(found for command in ("/usr/bin/vi", "/usr/bin/nano") for found in (
        bad("passwordless-privilege", f"viewer root {command}"),
        bad("account-groups", f"viewer root {command}", "not listed"))))
RESTART = "operator ALL=(root) {}: /usr/bin/systemctl restart gnb\n"
row("U14", "the last rule wins, and asks",
    sudo(RESTART.format("NOPASSWD") + RESTART.format("PASSWD")))
row("U14 the other way", "the last rule wins, and does not ask",
    sudo(RESTART.format("PASSWD") + RESTART.format("NOPASSWD")),
    bad("passwordless-privilege", "operator root /usr/bin/systemctl restart gnb"),
    bad("account-groups", "operator root /usr/bin/systemctl restart gnb", "no-authentication true"))


def doas(text, mode=0o400):
    return lambda node: node.file("etc/doas.conf", text, mode)


def accounts_undecided(words):
    return [unknown(rule, words=words) for rule in (
        "unexpected-user", "extra-root-user", "account-groups", "passwordless-privilege",
        "empty-password", "unexpected-setuid", "password-hash-scheme")] + [
            unknown("account-groups", "unprivileged account")] + [
                unknown("unexpected-user", name) for name in (
                    "chrony", "daemon", "femto", "operator", "sshd", "viewer")]


row("U12 doas", "a rule of doas", doas("permit persist :viewer\npermit nopass operator\n"),
    bad("passwordless-privilege", "operator ALL ALL", "/etc/doas.conf:2", "critical"),
    bad("account-groups", "operator ALL ALL", "not listed"),
    bad("account-groups", "%viewer ALL ALL", "not listed"),
    bad("account-groups", "unprivileged account", "none"),
    bad("unexpected-user", "operator", "privileged true"),
    bad("unexpected-user", "viewer", "privileged true"))
row("U12 doas twice", "what sudo gives, given by doas as well",
    doas("permit operator as root cmd /usr/bin/systemctl args restart gnb\n"))
row("U14 doas", "the last rule wins, and denies",
    doas("permit nopass operator\ndeny operator\n"))
row("U14 doas refused", "doas refuses a file that others may write",
    doas("permit nopass operator\n", 0o666),
    *accounts_undecided("/etc/doas.conf: doas refuses it"))
row("U14 doas garbled", "one wrong word, and doas refuses the whole",
    doas("permit nopass operator\npermit password viewer\n"),
    *accounts_undecided("/etc/doas.conf:2: \"viewer\""))


def polkit(text):
    def change(node):
        node.file("usr/lib/polkit-1/polkitd", "ELF", 0o644)
        node.file("etc/polkit-1/rules.d/50-row.rules",
                  "polkit.addRule(function(action, subject) {\n%s\n});\n" % text)
    return change


MAY = 'if (action.id == "org.freedesktop.systemd1.manage-units" && %s) return polkit.Result.%s;'
row("U12 polkit", "a rule of polkit lets a user start any unit",
    polkit(MAY % ('subject.user == "operator"', "YES")),
    bad("passwordless-privilege", "operator root org.freedesktop.systemd1.manage-units",
        "50-row.rules:1"),
    bad("account-groups", "operator root org.freedesktop.systemd1.manage-units", "not listed"),
    bad("unexpected-user", "operator", "privileged true"))
row("U12 polkit one", "a rule of polkit lets a user start one unit",
    polkit(MAY % ('subject.user == "operator" && action.lookup("unit") == "gnb.service"', "YES")),
    bad("passwordless-privilege",
        "operator root org.freedesktop.systemd1.manage-units unit=gnb.service"),
    bad("account-groups", "operator root org.freedesktop.systemd1.manage-units unit=gnb.service"))
row("U14 polkit", "an earlier rule of polkit refuses what a later one permits",
    polkit(MAY % ('subject.isInGroup("operator")', "NO")
           + MAY % ('subject.user == "operator"', "YES")))
row("U12 polkit clever", "a rule of polkit that only running it would decide",
    polkit("if (staff.indexOf(subject.user) >= 0) return polkit.Result.YES;"),
    *accounts_undecided("50-row.rules:1: a rule of polkit"))


def setuid_and_capability(node):
    node.program("/usr/local/bin/.sh", node.files["usr/bin/bash"], 0o4755)
    # VFS_CAP_REVISION_2 and effective; permitted: CAP_SETUID (linux/capability.h)
    capability = b"\x01\x00\x00\x02\x80\x00\x00\x00" + 12 * b"\x00"
    node.afterwards(lambda root: os.setxattr(f"{root}/usr/bin/python3.11", "security.capability",
                                             capability))


row("U17", "a setuid shell and a capability of python", setuid_and_capability,
    bad("unexpected-setuid", "/usr/local/bin/.sh", "mode 4755"),
    bad("unexpected-setuid", "/usr/bin/python3.11", "cap_setuid+ep"),
    bad("software-unexpected", "/usr/local/bin/.sh"),
    bad("software-modified", "/usr/bin/python3.11", "capability cap_setuid+ep"))


def extrausers(node):
    node.edit("etc/nsswitch.conf", "passwd: files", "passwd: files extrausers")
    node.file("var/lib/extrausers/passwd", "eve:x:20001:1002::/home/eve:/bin/bash\n")
    node.file("var/lib/extrausers/shadow", f"eve:{YESCRYPT}:19700:0:365:7:::\n")


def sss(node):
    node.edit("etc/nsswitch.conf", "passwd: files", "passwd: files sss")
    node.file("usr/lib/x86_64-linux-gnu/libnss_sss.so.2", "ELF", 0o644)


def userdb(node):
    node.edit("etc/nsswitch.conf", "passwd: files", "passwd: files systemd")
    node.file("usr/lib/x86_64-linux-gnu/libnss_systemd.so.2", "ELF", 0o644)
    node.file("etc/userdb/eve.user", json.dumps({"userName": "eve", "uid": 20001, "gid": 1002}))
    node.file("etc/userdb/eve.user-privileged", json.dumps(
        {"privileged": {"hashedPassword": [YESCRYPT]}}), 0o600)
    node.link("etc/userdb/20001.user", "eve.user")


def userdb_garbled(node):
    userdb(node)
    node.file("etc/userdb/eve.user", '{"userName": "eve"')


row("U19 extrausers", "a user of libnss-extrausers", extrausers,
    bad("unexpected-user", "eve", "origin extrausers", "critical"),
    bad("account-groups", "viewer", "eve"))
row("U19 sss", "users of a service that cannot be read", sss,
    *(unknown(rule) for rule in ("unexpected-user", "extra-root-user", "account-groups",
                                 "passwordless-privilege", "empty-password", "unexpected-setuid",
                                 "password-hash-scheme")),
    bad("software-unexpected", "/usr/lib/x86_64-linux-gnu/libnss_sss.so.2"))
row("U19 userdb", "a user of systemd-userdb", userdb,
    bad("unexpected-user", "eve", "origin systemd", "critical"),
    bad("account-groups", "viewer", "eve"),
    bad("software-unexpected", "/usr/lib/x86_64-linux-gnu/libnss_systemd.so.2"))
row("U19 userdb garbled", "a record that cannot be read", userdb_garbled,
    *(unknown(rule, words="/etc/userdb/eve.user: no JSON object") for rule in (
        "unexpected-user", "extra-root-user", "account-groups", "passwordless-privilege",
        "empty-password", "unexpected-setuid", "password-hash-scheme")),
    bad("software-unexpected", "/usr/lib/x86_64-linux-gnu/libnss_systemd.so.2"))


def dynamic_user(node):
    node.file("run/systemd/dynamic-uid/62000", "relay\n")
    node.link("run/systemd/dynamic-uid/direct:62000", "relay")
    node.link("run/systemd/dynamic-uid/direct:relay", "62000")


def dynamic_user_of_nss(node):
    dynamic_user(node)
    userdb(node)
    node.remove("etc/userdb/eve.user", "etc/userdb/eve.user-privileged", "etc/userdb/20001.user")


row("U20", "an account that systemd made up for a service", dynamic_user)
row("U20 nss", "the same where libc asks systemd for users", dynamic_user_of_nss,
    bad("software-unexpected", "/usr/lib/x86_64-linux-gnu/libnss_systemd.so.2"))
row("U21", "the role accounts of the healthy node")
row("U12 Defaults", "asked for no password by a default",
    sudo("Defaults:operator !authenticate\n"),
    bad("passwordless-privilege", "operator root /usr/bin/systemctl restart gnb"),
    bad("account-groups", "operator root /usr/bin/systemctl restart gnb", "no-authentication true"))
row("U17 group", "a group that is as good as root",
    lambda node: node.append("etc/group", "docker:x:990:viewer\n"),
    bad("account-groups", "docker"), bad("unexpected-user", "viewer", "privileged true"))


def key_elsewhere(node):
    node.edit("etc/passwd", "/opt/femto:/usr/sbin/nologin", "/opt/femto:/bin/bash")
    node.append("etc/ssh/sshd_config", "AuthorizedKeysFile /etc/ssh/keys/%u\n")
    node.file("etc/ssh/keys/femto", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOXy8Y3rH2nbeyQGXq7Q0"
              "rzmpaNpAyCz5RCC6iMz1XEd x\n")


def key_nowhere(node):
    key_elsewhere(node)
    node.file("opt/femto/.ssh/authorized_keys", node.files.pop("etc/ssh/keys/femto"))


row("U21 key", "a service account gets a key where sshd looks for it", key_elsewhere,
    bad("unexpected-user", "femto", "login-enabled true", "critical"))
row("U21 no key", "a key where sshd does not look", key_nowhere)
row("U21 twin", "two accounts with one uid", account("twin:x:1000:1000::/home/t:/bin/bash"),
    bad("extra-root-user", "twin", "uid 1000"), bad("unexpected-user", "twin"),
    bad("account-groups", "operator", "twin"))
