"""What `tools/bench beside` does to a Debian: what makes a healthy node of it, misconfigurations and
compromises that are to be found, and look-alikes of them that are in order. Beside each stands what in
a tool's findings names it: a tool that says it in the run of the changed system and not in that of the
healthy one has found it. The patterns are generous: a rule about the subject is enough."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable


@dataclass
class Change:
    name: str
    title: str
    make: Callable
    named: dict  # tool: pattern in a finding of it; a tool that has none cannot name it


def read(root, path):
    with open(f"{root}/{path}") as f:
        return f.read()


def write(root, path, text, mode=None):
    os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
    with open(f"{root}/{path}", "w") as f:
        f.write(text)
    if mode is not None:
        os.chmod(f"{root}/{path}", mode)


def append(root, path, text):
    write(root, path, read(root, path) + text)


def edit(root, path, old, new):
    text = read(root, path)
    assert re.search(old, text, re.M), f"{path} has no {old!r}"
    write(root, path, re.sub(old, new, text, flags=re.M))


YESCRYPT = "$y$j9T$" + 22 * "a" + "$" + 43 * "b"  # of no password
SSHD = """PermitRootLogin no
PermitEmptyPasswords no
KbdInteractiveAuthentication no
UsePAM yes
MaxAuthTries 4
LoginGraceTime 60
ClientAliveInterval 300
ClientAliveCountMax 3
"""
AUTH = """auth required pam_faillock.so preauth
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth sufficient pam_faillock.so authsucc
auth requisite pam_deny.so
auth required pam_permit.so
"""
PASSWORD = """password requisite pam_pwquality.so retry=3
password required pam_pwhistory.so remember=5 use_authtok
password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt
password requisite pam_deny.so
password required pam_permit.so
"""


def healthy(root):
    """Settings that a hardening guide asks for, so that every tool has something to lose."""
    write(root, "etc/ssh/sshd_config", SSHD)
    write(root, "etc/pam.d/common-auth", AUTH)
    write(root, "etc/pam.d/common-password", PASSWORD)
    write(root, "etc/security/pwquality.conf", "minlen = 14\nminclass = 3\nenforce_for_root\n")
    write(root, "etc/security/faillock.conf", "deny = 4\nunlock_time = 900\n")
    write(root, "etc/inetd.conf", "# no services\n")
    subprocess.run(["chroot", root, "sh", "-euc", "".join(
        f"useradd -m -s /bin/bash -p '{YESCRYPT}' {user};"
        for user in ("keeper", "maintainer", "viewer")) + "usermod -aG sudo maintainer;"
        "passwd -q -l root"], check=True, capture_output=True)


# Misconfigurations and compromises.

def shadow(root, user, field):
    edit(root, "etc/shadow", rf"^{user}:[^:]*:", f"{user}:{field}:".replace("\\", "\\\\"))


def extra_root(root):
    append(root, "etc/passwd", "toor:x:00:0::/root:/bin/bash\n")
    append(root, "etc/shadow", "toor:!:19700::::::\n")


def new_user(root):
    append(root, "etc/passwd", "backup2:x:1100:1100::/home/keeper:/bin/bash\n")
    append(root, "etc/group", "backup2:x:1100:\n")
    append(root, "etc/shadow", f"backup2:{YESCRYPT}:19700::::::\n")


def empty_password(root):
    edit(root, "etc/passwd", "^keeper:x:", "keeper::")
    shadow(root, "keeper", "!*")


def changed_binary(root):
    path = f"{root}/usr/bin/chfn"
    before = os.stat(path)
    with open(path, "r+b") as f:
        f.seek(5000)
        byte = f.read(1)[0]
        f.seek(5000)
        f.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def setuid_file(root):
    shutil.copy(f"{root}/bin/bash", f"{root}/usr/local/bin/.sh")
    os.chmod(f"{root}/usr/local/bin/.sh", 0o4755)


def capability(root):
    shutil.copy(f"{root}/usr/bin/perl", f"{root}/usr/local/bin/report")
    subprocess.run(["chroot", root, "setcap", "cap_setuid+ep", "/usr/local/bin/report"], check=True)


def inetd(line, program):
    def make(root):
        shutil.copy(f"{root}/bin/true", f"{root}/usr/sbin/{program}")
        append(root, "etc/inetd.conf", line + "\n")
    return make


def symlink(root):
    os.makedirs(f"{root}/opt/copy", exist_ok=True)
    shutil.copy2(f"{root}/usr/bin/expiry", f"{root}/opt/copy/expiry")
    os.remove(f"{root}/usr/bin/expiry")
    os.symlink("/opt/copy/expiry", f"{root}/usr/bin/expiry")


def executable(path):
    return lambda root: shutil.copy(f"{root}/bin/true", f"{root}/{path}")


def library(root):
    folder = "usr/lib/x86_64-linux-gnu"
    shutil.copy(f"{root}/{folder}/libcap-ng.so.0", f"{root}/{folder}/libupdate.so.1")


def permit_empty(root):
    edit(root, "etc/ssh/sshd_config", "^PermitEmptyPasswords no", "PermitEmptyPasswords yes")
    edit(root, "etc/pam.d/common-auth", "pam_unix.so", "pam_unix.so nullok")


def minlen(root):
    write(root, "etc/security/pwquality.conf", "minlen = 6\nminclass = 3\nenforce_for_root\n")
    write(root, "etc/security/pwquality.conf.d/50.conf", "minlen = 14\n")


SEEDS = [
    Change("uid-00", "user toor with uid 00", extra_root, {
        "femtowatch": r"extra-root-user toor", "lynis": r"AUTH-920[48]|toor|UID 0",
        "openscap": r"no_uid_except_zero|account_unique_id"}),
    Change("root-in-match", "PermitRootLogin yes in a Match block", lambda root: append(
        root, "etc/ssh/sshd_config", "Match Address 10.0.0.0/8\n    PermitRootLogin yes\n"), {
        "femtowatch": r"root-remote-login ssh", "lynis": r"PermitRootLogin",
        "openscap": r"disable_root_login|permit_root"}),
    Change("deny-0", "faillock.conf deny = 0: no lock-out", lambda root: write(
        root, "etc/security/faillock.conf", "deny = 0\nunlock_time = 900\n"), {
        "femtowatch": r"failed-login-l\w+ ssh", "lynis": r"faillock|AUTH-9328|lockout",
        "openscap": r"faillock"}),
    Change("sudo-uid", "#1001 ALL=(ALL) NOPASSWD: ALL in sudoers.d", lambda root: write(
        root, "etc/sudoers.d/uid", "#1001 ALL=(ALL) NOPASSWD: ALL\n", 0o440), {
        "femtowatch": r"passwordless-privilege (#?1001|\w+)", "lynis": r"sudo|NOPASSWD",
        "openscap": r"sudo"}),
    Change("minlen", "minlen 14 of a drop-in overruled by 6", minlen, {
        "femtowatch": r"password-min-length (ssh|console)", "lynis": r"AUTH-92(62|86)|minlen|password.*(length|strength)",
        "openscap": r"minlen"}),
    Change("changed-binary", "one byte of chfn, mtime restored", changed_binary, {
        "femtowatch": r"software-modified /usr/bin/chfn", "lynis": r"chfn", "openscap": r"chfn|verify_hashes",
        "debsums": r"/usr/bin/chfn"}),
    Change("setuid", "setuid copy of bash in /usr/local/bin/.sh", setuid_file, {
        "femtowatch": r"unexpected-setuid /usr/local/bin/\.sh", "lynis": r"local/bin/\.sh|suid",
        "openscap": r"unauthorized_s[ug]id", "debsums": r"local/bin/\.sh"}),
    Change("capability", "cap_setuid+ep on a copy of perl", capability, {
        "femtowatch": r"unexpected-setuid /usr/local/bin/report", "lynis": r"local/bin/report|capabilit",
        "openscap": r"capabilit", "debsums": r"local/bin/report"}),
    Change("telnet-2323", "telnetd through inetd on port 2323", inetd(
        "2323 stream tcp nowait root /usr/sbin/telnetd telnetd", "telnetd"), {
        "femtowatch": r"telnet-disabled", "lynis": r"telnet|INSE-80(06|16)", "openscap": r"telnetd?_(removed|disabled)"}),
    Change("tftp", "tftpd through inetd", inetd(
        "tftp dgram udp wait nobody /usr/sbin/tftpd tftpd /srv", "tftpd"), {
        "femtowatch": r"insecure-service tftp", "lynis": r"tftp", "openscap": r"tftp"}),
    Change("empty-password", "empty password field in passwd, shadow locked", empty_password, {
        "femtowatch": r"empty-password keeper", "lynis": r"AUTH-9283|without password|keeper",
        "openscap": r"empty_password|all_shadowed"}),
    Change("des-hash", "DES hash in shadow", lambda root: shadow(root, "viewer", "ab0123456789."), {
        "femtowatch": r"hash-scheme|viewer.*descrypt", "lynis": r"AUTH-9229|hashing", "openscap": r"hash"}),
    Change("permit-empty", "PermitEmptyPasswords yes, and nullok for PAM", permit_empty, {
        "femtowatch": r"empty-password-login ssh", "lynis": r"PermitEmptyPasswords",
        "openscap": r"sshd_disable_empty"}),
    Change("sudo-member", "viewer made a member of group sudo", lambda root: edit(
        root, "etc/group", "^(sudo:.*)$", r"\1,viewer"), {
        "femtowatch": r"(account-groups|unexpected-user|privilege\S*) (viewer|sudo)", "lynis": r"viewer|sudo",
        "openscap": r"group_sudo|sudo_group"}),
    Change("new-user", "another user who can log in", new_user, {
        "femtowatch": r"unexpected-user backup2", "lynis": r"backup2", "openscap": r"backup2|authorized_local"}),
    Change("removed", "chage is gone", lambda root: os.remove(f"{root}/usr/bin/chage"), {
        "femtowatch": r"software-missing /usr/bin/chage", "lynis": r"chage", "openscap": r"chage|verify_",
        "debsums": r"/usr/bin/chage"}),
    Change("symlink", "expiry replaced by a link to a copy", symlink, {
        "femtowatch": r"software-modified /usr/bin/expiry", "lynis": r"expiry", "openscap": r"expiry|verify_",
        "debsums": r"/usr/bin/expiry"}),
    Change("executable", "an unlisted program in /usr/sbin", executable("usr/sbin/updated"), {
        "femtowatch": r"software-unexpected /usr/sbin/updated", "lynis": r"sbin/updated",
        "openscap": r"sbin/updated", "debsums": r"sbin/updated"}),
    Change("library", "an unlisted shared library", library, {
        "femtowatch": r"software-unexpected \S*libupdate", "lynis": r"libupdate", "openscap": r"libupdate",
        "debsums": r"libupdate"}),
]


# What looks like one of these, and is in order.

def touch(root):
    os.utime(f"{root}/usr/bin/chfn")
    os.chmod(f"{root}/usr/bin/chfn", os.stat(f"{root}/usr/bin/chfn").st_mode)


LOOK_ALIKES = [
    Change("inetd-comment", "#telnet stream tcp ... in inetd.conf", lambda root: append(
        root, "etc/inetd.conf", "#telnet stream tcp nowait root /usr/sbin/telnetd telnetd\n"), {}),
    Change("sudoers-50.x", "NOPASSWD in sudoers.d/50.x, which sudo ignores", lambda root: write(
        root, "etc/sudoers.d/50.x", "viewer ALL=(ALL) NOPASSWD: ALL\n", 0o440), {}),
    Change("sudo-last-wins", "NOPASSWD before a rule that asks", lambda root: edit(
        root, "etc/sudoers", "^(%sudo.*)$", r"%sudo ALL=(ALL:ALL) NOPASSWD: ALL\n\1"), {}),
    Change("root-first-wins", "PermitRootLogin yes behind the no that counts", lambda root: append(
        root, "etc/ssh/sshd_config", "PermitRootLogin yes\n"), {}),
    Change("pwquality-drop-in", "minlen = 6 in a drop-in that 14 overrules", lambda root: write(
        root, "etc/security/pwquality.conf.d/50.conf", "minlen = 6\n"), {}),
    Change("nullok-comment", "nullok in a comment and in a *.dpkg-old", lambda root: (
        append(root, "etc/pam.d/common-auth", "# auth sufficient pam_unix.so nullok\n"),
        write(root, "etc/pam.d/common-auth.dpkg-old", "auth sufficient pam_unix.so nullok\n")), {}),
    Change("pass-min-len", "PASS_MIN_LEN 5, which PAM does not look at", lambda root: append(
        root, "etc/login.defs", "PASS_MIN_LEN 5\n"), {}),
    Change("touch", "chfn touched, its content what it was", touch, {}),
]
