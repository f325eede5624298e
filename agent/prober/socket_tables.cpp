#include "agent/prober/socket_tables.h"
#include "agent/prober/interfaces.h"
#include "agent/prober/net_tables.h"
#include "agent/prober/sock_diag.h"

#include <algorithm>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>

#include <linux/vm_sockets.h> // older ones want struct sockaddr to be there

namespace agent {

namespace {

struct Table {
    const char* file;
    const char* protocol;
    int family;
    int number;
};

// The others are of kernels or modules that may be left out: no table, no such sockets.
constexpr std::string_view Required[] = { "tcp", "udp" };

constexpr Table InetTables[] = {
    { "tcp", "tcp", AF_INET, IPPROTO_TCP },
    { "tcp6", "tcp", AF_INET6, IPPROTO_TCP },
    { "udp", "udp", AF_INET, IPPROTO_UDP },
    { "udp6", "udp", AF_INET6, IPPROTO_UDP },
    { "udplite", "udplite", AF_INET, IPPROTO_UDPLITE },
    { "udplite6", "udplite", AF_INET6, IPPROTO_UDPLITE },
    { "raw", "raw", AF_INET, IPPROTO_RAW },
    { "raw6", "raw", AF_INET6, IPPROTO_RAW },
};

class Reader {
public:
    Reader(
        const Root& root, const std::string& space, std::string folder, bool inside, Sockets& out)
        : root_(root)
        , space_(space)
        , folder_(std::move(folder))
        , inside_(inside)
        , interfaces_(root, folder_, inside)
        , out_(out)
    {
    }

    void all()
    {
        for (const Table& table : InetTables) {
            guarded(table.file, [&] { inet(table); });
        }
        guarded("sctp/eps", [&] { sctp(); });
        guarded("packet", [&] { packet(); });
        guarded("vsock", [&] { vsock(); });
    }

private:
    /// One source that fails leaves the others standing.
    template <typename Read> void guarded(const char* file, Read read)
    {
        const std::string path = folder_ + "/" + file;
        const size_t before = out_.all.size();
        try {
            read();
        } catch (const std::exception& e) {
            out_.all.resize(before);
            out_.failures.push_back({ path, reasonOf(e), e.what() });
        }
    }

    std::optional<std::string> text(const char* file) const
    {
        return root_.readIfThere(folder_ + "/" + file);
    }

    Socket& add(const char* protocol, const NetRow& row)
    {
        Socket socket;
        socket.networkNamespace = space_;
        socket.protocol = protocol;
        socket.ipv6 = row.address.find(':') != row.address.npos;
        socket.address = row.address;
        socket.port = row.port;
        socket.state = row.listening ? Socket::State::Listen
            : row.connected          ? Socket::State::Connected
                                     : Socket::State::Unconnected;
        socket.inode = row.inode;
        socket.user = row.user;
        return out_.all.emplace_back(std::move(socket));
    }

    void inet(const Table& table)
    {
        const std::string path = folder_ + "/" + table.file;
        const auto all = text(table.file);
        if (!all && std::ranges::find(Required, table.file) != std::end(Required)) {
            throw Absent("no " + path);
        }
        const auto rows
            = all ? parseInetTable(*all, path, table.number == IPPROTO_TCP) : std::vector<NetRow>();
        if (rows.empty()) {
            return;
        }
        using Details = std::map<uint64_t, SocketDetail>;
        const Details details
            = inside_ ? socketDetails(table.family, table.number).value_or(Details()) : Details();
        for (const NetRow& row : rows) {
            Socket& socket = add(table.protocol, row);
            socket.ipv6 = table.family == AF_INET6;
            const auto detail = details.find(row.inode);
            if (detail != details.end()) {
                socket.ipv6Only = detail->second.ipv6Only;
            }
            socket.interfaces = detail != details.end() && detail->second.interface != 0
                ? std::vector { interfaces_.name(detail->second.interface) }
                : interfaces_.having(row.address);
        }
    }

    void sctp()
    {
        // Both kinds are judged alike: one that does not listen has no peer yet, or is a client.
        const auto all = text("sctp/eps");
        if (!all) {
            return;
        }
        for (const NetRow& row : parseSctpEndpoints(*all, folder_ + "/sctp/eps")) {
            Socket& socket = add("sctp", row);
            if (!row.listening) {
                socket.state = Socket::State::Connected;
            }
            socket.interfaces = interfaces_.having(row.address);
        }
    }

    void packet()
    {
        const auto all = text("packet");
        if (!all) {
            return;
        }
        for (const NetRow& row : parsePacketTable(*all, folder_ + "/packet")) {
            Socket& socket = add("packet", row);
            socket.address = "*";
            if (row.interface != 0) {
                socket.address = interfaces_.name(row.interface);
                socket.interfaces = { socket.address };
            }
        }
    }

    /// There is no table of these; "AF_VSOCK" among the protocols says whether to ask.
    void vsock()
    {
        if (!inside_ || text("protocols").value_or("").find("AF_VSOCK") == std::string::npos) {
            return;
        }
        for (const VsockListener& one : vsockListeners()) {
            NetRow row;
            row.address = one.contextId == VMADDR_CID_ANY ? "*" : std::to_string(one.contextId);
            row.port = one.port;
            row.listening = one.stream;
            row.inode = one.inode;
            add("vsock", row);
        }
    }

    const Root& root_;
    const std::string& space_;
    std::string folder_;
    bool inside_;
    Interfaces interfaces_;
    Sockets& out_;
};

} // namespace

void addSockets(const Root& root, const NetworkNamespace& space, Sockets& out)
{
    if (!space.pin.empty()) {
        try {
            const InNamespace inside(space.pin);
            Reader(root, space.name, "/proc/net", true, out).all();
            return;
        } catch (const std::system_error& e) {
            if (space.folders.empty()) {
                out.failures.push_back({ space.pin, reasonOf(e), e.what() });
                return;
            }
        }
    }
    for (const std::string& folder : space.folders) {
        if (root.exists(folder)) { // else its process has ended
            Reader(root, space.name, folder, root.live() && folder == "/proc/net", out).all();
            return;
        }
    }
    out.failures.push_back({ "network namespace " + space.name, "raced",
        "no process is left in network namespace " + space.name });
}

} // namespace agent
