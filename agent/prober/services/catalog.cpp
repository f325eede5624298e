#include "agent/prober/services/catalog.h"

#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

constexpr off_t MaxSearched = 1 << 20; // a server that was hidden is small; a radio program is not

struct Port {
    uint32_t number;
    const char* protocol;
    const char* type;
};

// IANA Service Name and Transport Protocol Port Number Registry; the last rows are usual only.
constexpr Port Ports[] = {
    { 7, "", "small-server" },
    { 9, "", "small-server" },
    { 13, "", "small-server" },
    { 19, "", "small-server" },
    { 37, "", "small-server" },
    { 21, "tcp", "ftp" },
    { 22, "tcp", "ssh" },
    { 23, "tcp", "telnet" },
    { 992, "tcp", "telnet" },
    { 67, "udp", "bootps" },
    { 69, "udp", "tftp" },
    { 79, "tcp", "finger" },
    { 80, "tcp", "http" },
    { 111, "", "rpcbind" },
    { 113, "tcp", "identd" },
    { 139, "tcp", "smb" },
    { 445, "tcp", "smb" },
    { 443, "tcp", "https" },
    { 512, "tcp", "rsh" },
    { 513, "tcp", "rsh" },
    { 514, "tcp", "rsh" },
    { 830, "tcp", "netconf" },
    { 2049, "", "nfs" },
    { 7547, "tcp", "tr-069" },
    { 5555, "tcp", "debug-server" },
    { 8080, "tcp", "http" },
    { 8443, "tcp", "https" },
};

const ServiceProgram* find(std::string_view name)
{
    const auto& all = servicePrograms();
    const auto found = std::ranges::find_if(
        all, [&](const ServiceProgram& program) { return name == program.name; });
    return found == all.end() ? nullptr : &*found;
}

/// What a process calls itself: a login shell's '-' and "sshd: ..." titles cut off.
std::string calledAs(const std::vector<std::string>& arguments, size_t at)
{
    if (at >= arguments.size()) {
        return "";
    }
    std::string_view name = arguments[at];
    name = name.substr(0, name.find(' '));
    name = name.substr(0, name.find(':'));
    return programName(name.substr(name.starts_with('-') ? 1 : 0));
}

} // namespace

std::string programName(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1));
}

const std::vector<ServiceProgram>& servicePrograms()
{
    static const std::vector<ServiceProgram> All = {
        { "sshd", "ssh" },
        { "dropbear", "ssh" },
        { "tinysshd", "ssh" },
        { "lshd", "ssh" },
        { "telnetd", "telnet" },
        { "in.telnetd", "telnet" },
        { "utelnetd", "telnet" },
        { "telnetd.netkit", "telnet" },
        { "telnetd-ssl", "telnet" },
        { "netopeer2-server", "netconf" },
        { "netconfd", "netconf" },
        { "netconfd-pro", "netconf" },
        { "clixon_netconf", "netconf" },
        { "femtowatch-agent", "netconf" },
        { "ftpd", "ftp" },
        { "in.ftpd", "ftp" },
        { "vsftpd", "ftp" },
        { "proftpd", "ftp" },
        { "pure-ftpd", "ftp" },
        { "bftpd", "ftp" },
        { "tnftpd", "ftp" },
        { "tftpd", "tftp" },
        { "in.tftpd", "tftp" },
        { "atftpd", "tftp" },
        { "utftpd", "tftp" },
        { "rshd", "rsh" },
        { "in.rshd", "rsh" },
        { "rlogind", "rsh" },
        { "in.rlogind", "rsh" },
        { "rexecd", "rsh" },
        { "in.rexecd", "rsh" },
        { "fingerd", "finger" },
        { "in.fingerd", "finger" },
        { "cfingerd", "finger" },
        { "dhcpd", "bootps" },
        { "udhcpd", "bootps" },
        { "bootpd", "bootps" },
        { "kea-dhcp4", "bootps" },
        { "identd", "identd" },
        { "in.identd", "identd" },
        { "oidentd", "identd" },
        { "fakeidentd", "identd" },
        { "snmpd", "snmp-v3" }, // or snmp-v1v2c, as its configuration says
        { "mini_snmpd", "snmp-v1v2c" },
        { "rpcbind", "rpcbind" },
        { "portmap", "rpcbind" },
        { "rpc.nfsd", "nfs" },
        { "rpc.mountd", "nfs" },
        { "unfsd", "nfs" },
        { "ganesha.nfsd", "nfs" },
        { "ypserv", "nis" },
        { "ypbind", "nis" },
        { "smbd", "smb" },
        { "samba", "smb" },
        { "ksmbd.mountd", "smb" },
        { "Xorg", "x11" },
        { "Xvnc", "vnc" },
        { "Xtigervnc", "vnc" },
        { "x11vnc", "vnc" },
        { "wayvnc", "vnc" },
        { "easycwmpd", "tr-069" },
        { "icwmpd", "tr-069" },
        { "freecwmpd", "tr-069" },
        { "cwmpd", "tr-069" },
        { "tr069", "tr-069" },
        { "gdbserver", "debug-server" },
        { "lldb-server", "debug-server" },
        { "adbd", "debug-server" },
        { "tcf-agent", "debug-server" },
        { "dnsmasq", "" },
        { "systemd-networkd", "" },
        { "nginx", "" },
        { "apache2", "" },
        { "httpd", "" },
        { "lighttpd", "" },
        { "uhttpd", "" },
        { "mini_httpd", "" },
        { "thttpd", "" },
        { "boa", "" },
        { "goahead", "" },
        { "caddy", "" },
        { "haproxy", "" },
    };
    return All;
}

std::optional<KnownService> knownProgram(
    std::string_view executable, const std::vector<std::string>& arguments)
{
    std::string name = programName(executable);
    if (name == "busybox" || name == "toybox") {
        const std::string applet = calledAs(arguments, 0);
        name = applet == "busybox" || applet == "toybox" ? calledAs(arguments, 1) : applet;
    }
    const ServiceProgram* known = find(name);
    if (!known) {
        name = calledAs(arguments, 0);
        known = find(name);
    }
    return known ? std::optional(KnownService { known->type, name }) : std::nullopt;
}

std::optional<std::string> typeOfContent(const Root& root, const std::string& path)
{
    const auto what = root.status(path);
    if (!what || !S_ISREG(what->st_mode) || what->st_size > MaxSearched) {
        return std::nullopt;
    }
    const std::string all = root.read(path);
    const auto has = [&](const char* text) { return all.find(text) != all.npos; };
    // Names of the options in <arpa/telnet.h>, which clients have too, and what only a server says.
    if ((has("SUPPRESS GO AHEAD") || has("TERMINAL TYPE") || has("TERMINAL-TYPE"))
        && (has("telnetd") || has("in.telnetd"))) {
        return "telnet";
    }
    if (has("SSH-2.0-") && (has("authorized_keys") || has("host key"))) {
        return "ssh";
    }
    return std::nullopt;
}

std::optional<std::string> typeOfPort(std::string_view protocol, uint32_t port)
{
    for (const Port& known : Ports) {
        if (known.number == port && (*known.protocol == '\0' || protocol == known.protocol)) {
            return known.type;
        }
    }
    if (protocol == "udp" && port == 161) {
        return "snmp-v1v2c"; // unless an implementation that is known says more
    }
    if (protocol == "tcp" && port >= 5900 && port <= 5910) {
        return "vnc";
    }
    if (protocol == "tcp" && port >= 6000 && port <= 6010) {
        return "x11";
    }
    return std::nullopt;
}

std::optional<std::string> typeOfInetdName(std::string_view name)
{
    constexpr std::pair<std::string_view, const char*> Names[]
        = { { "telnet", "telnet" }, { "telnets", "telnet" }, { "ftp", "ftp" }, { "tftp", "tftp" },
              { "shell", "rsh" }, { "login", "rsh" }, { "exec", "rsh" }, { "finger", "finger" },
              { "ssh", "ssh" }, { "auth", "identd" }, { "ident", "identd" }, { "bootps", "bootps" },
              { "echo", "small-server" }, { "discard", "small-server" },
              { "daytime", "small-server" }, { "chargen", "small-server" },
              { "time", "small-server" }, { "netconf", "netconf" }, { "sunrpc", "rpcbind" } };
    for (const auto& [known, type] : Names) {
        if (name == known) {
            return type;
        }
    }
    return std::nullopt;
}

bool isSuperServer(std::string_view executable, const std::vector<std::string>& arguments)
{
    constexpr std::string_view Names[]
        = { "inetd", "openbsd-inetd", "inetutils-inetd", "rlinetd", "xinetd" };
    std::string name = programName(executable);
    if (name == "busybox" || name == "toybox") {
        name = calledAs(arguments, 0);
        name = name == "busybox" || name == "toybox" ? calledAs(arguments, 1) : name;
    }
    return std::ranges::find(Names, name) != std::end(Names);
}

std::optional<uint32_t> portOf(
    const Root& root, const std::string& name, const std::string& protocol)
{
    if (const auto number = text::number<uint16_t>(name)) {
        return *number;
    }
    const std::string all = root.readIfThere("/etc/services").value_or("");
    for (const std::string_view line : text::lines(all)) {
        const auto words = text::words(line.substr(0, line.find('#')));
        if (words.size() < 2 || std::ranges::find(words, name) == words.end()) {
            continue;
        }
        const auto parts = text::fields(words[1], '/');
        const auto number = text::number<uint16_t>(parts[0]);
        if (parts.size() == 2 && parts[1] == protocol && number) {
            return *number;
        }
    }
    constexpr std::pair<std::string_view, uint32_t> Usual[]
        = { { "telnet", 23 }, { "ftp", 21 }, { "ssh", 22 }, { "tftp", 69 }, { "finger", 79 },
              { "login", 513 }, { "exec", 512 }, { "shell", 514 } }; // where services(5) is missing
    for (const auto& [known, port] : Usual) {
        if (name == known) {
            return port;
        }
    }
    return std::nullopt;
}

bool isLoginType(std::string_view type)
{
    constexpr std::string_view Types[] = { "ssh", "ssh-v1", "telnet", "netconf", "ftp", "rsh" };
    return std::ranges::find(Types, type) != std::end(Types);
}

} // namespace agent
