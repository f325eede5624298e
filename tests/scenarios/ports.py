"""6 Open ports."""
from rows import bad, live_only, row
from services import ssh_socket


def opens(*socket, **more):
    return lambda node: node.listen(*socket, **more)


def everywhere(address, port):
    def change(node):
        for one in node.sockets:
            if one["port"] == port and one["protocol"] == "tcp":
                one["address"] = address
    return change


row("O02", "the right port with too wide a reach", everywhere("0.0.0.0", 22),
    bad("port-scope", "tcp 0.0.0.0:22", "scope any"))
row("O03", "an IPv6 socket that serves IPv4 too", opens("tcp", "::", 7003, 430),
    bad("unexpected-port", "tcp [::]:7003", "IPv6 and IPv4"))


def sctp(node):
    node.listen("sctp", "10.2.0.7", 38412, 430)
    node.listen("sctp", "10.2.0.7", 36412, 430)


row("O04", "SCTP, which tools do not see", sctp, bad("unexpected-port", "sctp 10.2.0.7:36412"))
row("O05", "no SCTP in the kernel is no SCTP port")
row("O06", "sockets of the kernel itself: 2152 is listed", opens("udp", "0.0.0.0", 4789, None),
    bad("unexpected-port", "udp 0.0.0.0:4789", "held by the kernel"))


def userspace_gtp(node):
    for one in node.sockets:
        if one["port"] == 2152:
            one["pid"] = 430


row("O06 taken", "2152 is to be the kernel's", userspace_gtp,
    bad("port-owner", "udp 0.0.0.0:2152", "/opt/femto/bin/gnb-cu"))


def ipsec(node):
    node.files["proc/net/xfrm_stat"] = "XfrmInError             \t0\n"


row("O08", "IKE, NAT traversal and ESP as a protocol", ipsec)
row("O11", "a resolver's question",
    opens("udp", "10.1.0.7", 48797, 430, remote=("10.1.0.1", 53), state="connected"))


def other_namespace(node):
    node.program("/opt/hidden")
    node.process(600, "/opt/hidden", namespace=4026532200, user=998)
    node.listen("tcp", "0.0.0.0", 4444, 600, namespace=4026532200)


row("O13", "a listener in a namespace that a process holds", other_namespace,
    bad("unexpected-port", "tcp 0.0.0.0:4444 in exe:/opt/hidden", "/opt/hidden"),
    bad("unexpected-process", "/opt/hidden femto"), bad("software-unexpected", "/opt/hidden"))
row("O19", "systemd listens for a unit that is listed", ssh_socket)
row("O19 other unit", "systemd listens for one that is not",
    lambda node: ssh_socket(node, "other.socket"),
    bad("port-owner", "tcp 10.1.0.7:22", "other.socket"))
live_only("O21", "open for 2 s between two looks: a documented gap")


def shared(node):
    node.process(500, "/usr/bin/sleep")
    node.listen("udp", "10.2.0.7", 500, 500)


row("O06 shared", "a second holder of a listed port (SO_REUSEPORT)", shared,
    bad("port-owner", "udp 10.2.0.7:500", "/usr/bin/sleep"),
    bad("unexpected-process", "/usr/bin/sleep root"))
row("O08 ICMP", "a raw socket that is not ESP", opens("raw", "0.0.0.0", 1, 430),
    bad("unexpected-port", "raw 0.0.0.0:1", severity="major"))
row("O02 loopback", "reachable from the node only", opens("tcp", "::ffff:127.0.0.2", 9000, 430))
