"""3 Remote maintenance."""
from rows import bad, row


def telnetd_by_inetd(node):
    node.program("/usr/sbin/telnetd")
    node.file("etc/inetd.conf", "2323 stream tcp nowait root /usr/sbin/telnetd telnetd\n")
    node.process(300, "/usr/sbin/inetd")
    node.listen("tcp", "0.0.0.0", 2323, 300)


row("M01", "telnetd by inetd, on a port of its own", telnetd_by_inetd,
    bad("telnet-disabled", "telnet", "active true", "critical"),
    bad("unexpected-port", "tcp 0.0.0.0:2323"), bad("unexpected-process", "/usr/sbin/inetd root"),
    bad("root-remote-login", "telnet"), bad("software-unexpected", "/usr/sbin/telnetd"))


def telnet_socket(node):
    node.program("/usr/sbin/in.telnetd")
    node.file("etc/systemd/system/telnet.socket",
              "[Socket]\nListenStream=23\nAccept=yes\n[Install]\nWantedBy=sockets.target\n")
    node.file("etc/systemd/system/telnet@.service",
              "[Service]\nExecStart=-/usr/sbin/in.telnetd\nStandardInput=socket\n")
    node.link("etc/systemd/system/sockets.target.wants/telnet.socket",
              "/etc/systemd/system/telnet.socket")
    node.listen("tcp", "::", 23, 1)


row("M02", "telnet.socket of systemd, and no service", telnet_socket,
    bad("telnet-disabled", "telnet", "socket-activated true", "critical"),
    bad("unexpected-port", "tcp [::]:23", "telnet.socket"),
    bad("root-remote-login", "telnet"), bad("software-unexpected", "/usr/sbin/in.telnetd"))


def telnet_client(node):
    node.program("/usr/bin/telnet.netkit")
    node.link("usr/bin/telnet", "telnet.netkit")
    node.append("var/lib/dpkg/status", "\nPackage: telnet\nStatus: install ok installed\n"
                "Architecture: amd64\nVersion: 0.17-44\n")


row("M05", "the client is no server (but software in no manifest)", telnet_client,
    *(bad("software-unexpected", name)
      for name in ("/usr/bin/telnet", "/usr/bin/telnet.netkit", "dpkg:telnet")))
row("M07", "a commented line", lambda node: node.file(
    "etc/inetd.conf", "#telnet stream tcp nowait root /usr/sbin/telnetd telnetd\n"))


def ssh_socket(node, unit="ssh.socket"):
    node.end(400)
    node.remove("etc/systemd/system/multi-user.target.wants/ssh.service")
    node.file(f"etc/systemd/system/{unit}",
              "[Socket]\nListenStream=10.1.0.7:22\nAccept=no\n"
              "[Install]\nWantedBy=sockets.target\n"
              + ("" if unit == "ssh.socket" else "Service=ssh.service\n"))
    node.link(f"etc/systemd/system/sockets.target.wants/{unit}", f"/etc/systemd/system/{unit}")
    node.listen("tcp", "10.1.0.7", 22, 1)


row("M09", "SSH by ssh.socket", ssh_socket)


def netconf_only(port):
    def change(node):
        node.end(400)
        node.process(500, "/opt/femto/bin/oamd", "/opt/femto/bin/oamd", "--foreground",
                     unit="oam.service")
        node.listen("tcp", "10.1.0.7", port, 500)
    return change


row("M11", "NETCONF over SSH by a daemon of the vendor", netconf_only(830))
row("M11 unlisted", "the same on a port that is not listed", netconf_only(8830),
    bad("unexpected-port", "tcp 10.1.0.7:8830"), bad("ssh-in-use", "ssh"))


def busybox(node):
    node.program("/usr/bin/busybox")
    node.process(500, "/usr/bin/busybox", "telnetd", "-p", "2323")
    node.listen("tcp", "0.0.0.0", 2323, 500)


def xinetd(node):
    for path in ("/usr/sbin/xinetd", "/usr/sbin/in.telnetd"):
        node.program(path)
    node.file("etc/xinetd.conf", "includedir /etc/xinetd.d\n")
    node.file("etc/xinetd.d/telnet", "service telnet\n{\n disable = no\n socket_type = stream\n"
              " wait = no\n user = root\n server = /usr/sbin/in.telnetd\n}\n")
    node.process(500, "/usr/sbin/xinetd")
    node.listen("tcp", "0.0.0.0", 23, 500)


row("M01 busybox", "telnetd is an applet", busybox,
    bad("telnet-disabled", "telnet", "active true", "critical"),
    bad("unexpected-port", "tcp 0.0.0.0:2323"), bad("unexpected-process", "/usr/bin/busybox root"),
    bad("software-unexpected", "/usr/bin/busybox"))
row("M01 xinetd", "telnetd by xinetd", xinetd,
    bad("telnet-disabled", "telnet", "active true", "critical"),
    bad("root-remote-login", "telnet"), bad("unexpected-port", "tcp 0.0.0.0:23"),
    bad("unexpected-process", "/usr/sbin/xinetd root"),
    bad("software-unexpected", "/usr/sbin/xinetd"), bad("software-unexpected", "/usr/sbin/in.telnetd"))


def sshd_by_inetd(node):
    node.end(400)
    node.file("etc/inetd.conf", "ssh stream tcp nowait root /usr/sbin/sshd sshd -i\n")
    node.process(300, "/usr/sbin/inetd")
    node.listen("tcp", "10.1.0.7", 22, 300)


def no_ssh(node):
    node.end(400)
    node.remove("etc/systemd/system/multi-user.target.wants/ssh.service")


row("M09 inetd", "SSH by inetd", sshd_by_inetd, bad("port-owner", "tcp 10.1.0.7:22"),
    bad("unexpected-process", "/usr/sbin/inetd root"))
row("M09 none", "no SSH at all", no_ssh, bad("ssh-in-use", "ssh"))
