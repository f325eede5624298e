"""1 Password configuration."""
from rows import bad, demand, info, row

CONF, DROP_IN = "etc/security/pwquality.conf", "etc/security/pwquality.conf.d/50.conf"
REST = "minclass = 3\nenforce_for_root\n"
STACK = "etc/pam.d/common-password"
QUALITY = "password requisite pam_pwquality.so retry=3\n"


def conf(text, drop_in=None):
    def change(node):
        node.file(CONF, text + REST)
        if drop_in:
            node.file(DROP_IN, drop_in)
    return change


def shorter(length):
    return bad("password-min-length", "ssh", f"min-length {length}")


# What pam_unix with "obscure" asks for where pam_pwquality is not asked.
ONLY_UNIX = {"password-enforced": "enforced false", "password-min-length": "min-length 6",
             "password-complexity": "min-classes 0", "password-dictionary": "dictionary-check false"}
WEAK = tuple(bad(rule, "ssh", words) for rule, words in ONLY_UNIX.items())


def without_quality(node):
    node.edit(STACK, QUALITY, "")
    node.edit(STACK, "remember=5 use_authtok", "remember=5")


row("P01", "drop-ins are read first, the main file wins", conf("minlen = 14\n", "minlen = 6\n"))
row("P02", "the main file wins over a good drop-in", conf("minlen = 6\n", "minlen = 14\n"),
    shorter(6))
row("P04", "the last of a file wins", conf("minlen = 14\nminlen = 6\n"),
    shorter(6))
row("P05", "credits shorten the minimum",
    conf("minlen = 12\ndcredit = 1\nucredit = 1\nlcredit = 1\nocredit = 1\n"),
    shorter(8))


def not_in_the_stack(node):
    conf("minlen = 14\ndcredit = -1\nucredit = -1\nlcredit = -1\nocredit = -1\n")(node)
    without_quality(node)


row("P08", "the module is installed and configured, and not in the stack", not_in_the_stack, *WEAK)


def own_rules(node):
    node.edit("etc/pam.d/sshd", "@include common-password\n",
              "password required pam_unix.so minlen=4\n")


row("P10", "sshd has password rules of its own", own_rules,
    shorter(4),
    bad("password-complexity", "ssh", "min-classes 0"),
    bad("password-history", "ssh", "history 0"),
    bad("password-dictionary", "ssh", "dictionary-check false"),
    info("password-enforced", "ssh: enforced-for-root false"))


def three_deep(node):
    node.edit("etc/pam.d/sshd", "@include common-auth\n", "@include one\n")
    node.file("etc/pam.d/one", "auth substack two\n")
    node.file("etc/pam.d/two", "auth include three\n")
    node.file("etc/pam.d/three", node.files["etc/pam.d/common-auth"].replace(
        "pam_unix.so", "pam_unix.so nullok"))


row("P11", "nullok at the end of @include, substack and include", three_deep,
    bad("empty-password-login", "ssh", "empty-password-permitted true"))


def inactive(node):
    node.append("etc/pam.d/common-auth", "# auth sufficient pam_unix.so nullok\n")
    for suffix in ("dpkg-old", "pam-old"):
        node.file(f"etc/pam.d/common-auth.{suffix}", "auth sufficient pam_unix.so nullok\n")


row("P12", "nullok in a comment and in left-over files", inactive)


def root_excepted(node):
    node.edit(CONF, "enforce_for_root\n", "")


def root_too(profile):
    demand(profile, "password-configuration", "root-passwords", {
        "select": "password-configuration/policy",
        "limit": {"bound": [
            {"leaf": "enforced-for-root", "severity": "major", "one-of": ["true"]}]}})


row("P14", "root may break the policy: reported", root_excepted,
    info("password-enforced", "ssh: enforced-for-root false"))
row("P14 by policy", "root may break the policy: demanded", root_excepted,
    info("password-enforced", "ssh: enforced-for-root false"),
    *(bad("root-passwords", service, severity="major") for service in ("ssh", "console-login")),
    policy=root_too)


def unknown_key(node):
    node.file(CONF, "foo = 1\nminlen = 14\n" + REST)


row("P15", "pam_pwquality stops at a line it does not know", unknown_key,
    shorter(8), bad("password-min-length", "ssh", "/etc/security/pwquality.conf:1"),
    bad("password-complexity", "ssh", "min-classes 0"),
    info("password-enforced", "ssh: enforced-for-root false"))
row("P17", "case and comments", conf("MINLEN = 14 # note\n"))


def login_defs_only(node):
    node.append("etc/login.defs", "PASS_MIN_LEN 14\n")
    node.remove(CONF)
    without_quality(node)


row("P18", "PASS_MIN_LEN counts for nothing under PAM", login_defs_only, *WEAK)


def web(node):
    node.file("etc/pam.d/femto-portal", "auth required pam_succeed_if.so uid >= 1000\n"
              "@include common-auth\n@include common-account\n"
              "password requisite pam_pwquality.so minlen=6 minclass=3 enforce_for_root\n"
              "password required pam_pwhistory.so remember=5 use_authtok\n"
              "password required pam_unix.so use_authtok yescrypt\n")


row("P19", "the Web login has rules of its own", web,
    bad("password-min-length", "web-login", "min-length 6"),
    arguments=("--web-service", "femto-portal"))


def keys_only(node):
    node.append("etc/ssh/sshd_config", "PasswordAuthentication no\n")
    login_defs_only(node)


row("P21", "SSH takes keys only", keys_only,
    *(info(rule, f"console-login: {words}") for rule, words in ONLY_UNIX.items()))


def keyboard_interactive(node):
    node.edit("etc/ssh/sshd_config", "KbdInteractiveAuthentication no\n",
              "KbdInteractiveAuthentication yes\nPasswordAuthentication no\n")
    login_defs_only(node)


def password_somewhere(node):
    node.append("etc/ssh/sshd_config", "PasswordAuthentication no\n"
                "Match Address 10.1.0.0/16\n  PasswordAuthentication yes\n")
    login_defs_only(node)


row("P21 keyboard-interactive", "a password by another name", keyboard_interactive, *WEAK)
row("P21 Match", "a password from some addresses", password_somewhere, *WEAK)
row("P15 number", "a number that is none", conf("minlen = 14abc\n"), shorter(8),
    bad("password-complexity", "ssh", "min-classes 0"),
    info("password-enforced", "ssh: enforced-for-root false"))


def left_over(node):
    node.edit(CONF, "minlen = 14\n", "")
    node.file(DROP_IN + "~", "minlen = 14\n")


row("P01 left-over", "a drop-in that is not read", left_over, shorter(8))
