#include "agent/prober/net_tables.h"
#include "agent/prober/probe.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace agent {

namespace {

constexpr uint32_t Established = 1; // TCP_* of include/net/tcp_states.h
constexpr uint32_t Listening = 10;

/// Where a text comes from, for what is said of it.
struct Line {
    const std::string& file;
    size_t number;
    std::string_view text;

    [[noreturn]] void refuse(std::string_view what) const
    {
        throw ParseError(file + ":" + std::to_string(number) + ": " + std::string(what) + " in "
            + text::quoted(text));
    }

    template <std::integral T>
    T numeric(std::string_view word, std::string_view what, int base = 10) const
    {
        const std::optional<T> value = text::number<T>(word, base);
        if (!value) {
            refuse(what);
        }
        return *value;
    }
};

/// Calls `row` for every line behind the heading of a table.
template <typename Row> void eachRow(std::string_view all, const std::string& file, Row row)
{
    size_t number = 0;
    while (!all.empty()) {
        const size_t end = std::min(all.find('\n'), all.size());
        if (++number > 1) {
            row(Line { file, number, all.substr(0, end) });
        }
        all.remove_prefix(std::min(end + 1, all.size()));
    }
    if (number == 0) {
        throw ParseError(file + ": no heading");
    }
}

std::string written(int family, const void* address)
{
    char out[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(family, address, out, sizeof out);
    return out;
}

/// 32-bit words in the byte order of the machine, each as eight digits.
std::string addressOfWords(std::string_view digits, const Line& line)
{
    if (digits.size() != 8 && digits.size() != 32) {
        line.refuse("no address");
    }
    uint32_t words[4] = {};
    for (size_t i = 0; i < digits.size() / 8; ++i) {
        words[i] = line.numeric<uint32_t>(digits.substr(i * 8, 8), "no address", 16);
    }
    return written(digits.size() == 8 ? AF_INET : AF_INET6, words);
}

/// The first `most` words of a line, without a vector for each: these tables are long.
template <size_t Most> size_t wordsOf(std::string_view line, std::string_view (&words)[Most])
{
    size_t count = 0;
    size_t at = 0;
    while (count < Most && (at = line.find_first_not_of(" \t", at)) != line.npos) {
        const size_t end = std::min(line.find_first_of(" \t", at), line.size());
        words[count++] = line.substr(at, end - at);
        at = end;
    }
    return count;
}

} // namespace

std::vector<NetRow> parseInetTable(std::string_view all, const std::string& file, bool stream)
{
    std::vector<NetRow> rows;
    eachRow(all, file, [&](const Line& line) {
        std::string_view words[10]; // sl local remote st queues timer retransmits uid timeout inode
        if (wordsOf(line.text, words) != 10) {
            line.refuse("too few fields");
        }
        const auto state = line.numeric<uint32_t>(words[3], "no state", 16);
        if (stream && state != Listening) {
            return; // a connection
        }
        const size_t colon = words[1].find(':');
        if (colon == line.text.npos || !words[0].ends_with(':')) {
            line.refuse("no local address");
        }
        NetRow row;
        row.address = addressOfWords(words[1].substr(0, colon), line);
        row.port = line.numeric<uint16_t>(words[1].substr(colon + 1), "no port", 16);
        row.connected = state == Established;
        row.listening = state == Listening;
        row.user = line.numeric<uid_t>(words[7], "no user");
        row.inode = line.numeric<uint64_t>(words[9], "no inode");
        rows.push_back(std::move(row));
    });
    return rows;
}

std::vector<NetRow> parsePacketTable(std::string_view all, const std::string& file)
{
    std::vector<NetRow> rows;
    eachRow(all, file, [&](const Line& line) {
        std::string_view words[9]; // sk RefCnt Type Proto Iface R Rmem User Inode
        if (wordsOf(line.text, words) != 9) {
            line.refuse("too few fields");
        }
        NetRow row;
        row.port = line.numeric<uint16_t>(words[3], "no protocol", 16);
        row.interface = line.numeric<uint32_t>(words[4], "no interface");
        row.user = line.numeric<uid_t>(words[7], "no user");
        row.inode = line.numeric<uint64_t>(words[8], "no inode");
        rows.push_back(std::move(row));
    });
    return rows;
}

std::vector<NetRow> parseSctpEndpoints(std::string_view all, const std::string& file)
{
    std::vector<NetRow> rows;
    eachRow(all, file, [&](const Line& line) {
        // ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
        const auto words = text::words(line.text);
        if (words.size() < 9) {
            line.refuse("too few fields");
        }
        NetRow row;
        row.listening = line.numeric<uint32_t>(words[3], "no state") == Listening;
        row.port = line.numeric<uint16_t>(words[5], "no port");
        row.user = line.numeric<uid_t>(words[6], "no user");
        row.inode = line.numeric<uint64_t>(words[7], "no inode");
        for (size_t i = 8; i < words.size(); ++i) {
            const std::string address(words[i]); // written in full: in short is how all others are
            const int family = address.find(':') == address.npos ? AF_INET : AF_INET6;
            char bytes[16];
            if (::inet_pton(family, address.c_str(), bytes) != 1) {
                line.refuse("no address");
            }
            row.address = written(family, bytes);
            rows.push_back(row);
        }
    });
    return rows;
}

void addFromIgmp(std::string_view all, InterfaceNames& names, const std::string& file)
{
    eachRow(all, file, [&](const Line& line) {
        if (line.text.empty() || line.text[0] == '\t') {
            return; // a group of the interface above
        }
        std::string_view words[2];
        if (wordsOf(line.text, words) != 2) {
            line.refuse("no interface");
        }
        const size_t colon = words[1].find(':'); // joined to a name of more than ten bytes
        names.emplace(line.numeric<uint32_t>(words[0], "no index"), words[1].substr(0, colon));
    });
}

void addFromDevMcast(std::string_view all, InterfaceNames& names, const std::string& file)
{
    size_t number = 0;
    for (const std::string_view text : text::allLines(all)) {
        const Line line { file, ++number, text };
        std::string_view words[2];
        if (wordsOf(text, words) != 2) {
            line.refuse("no interface");
        }
        names.emplace(line.numeric<uint32_t>(words[0], "no index"), words[1]);
    }
}

void addFromIfInet6(std::string_view all, InterfaceAddresses& addresses, InterfaceNames& names,
    const std::string& file)
{
    size_t number = 0;
    for (const std::string_view text : text::allLines(all)) {
        const Line line { file, ++number, text };
        std::string_view words[6]; // address index prefix scope flags name
        if (wordsOf(text, words) != 6 || words[0].size() != 32) {
            line.refuse("no address of an interface");
        }
        unsigned char bytes[16];
        for (size_t i = 0; i < sizeof bytes; ++i) {
            bytes[i] = line.numeric<unsigned char>(words[0].substr(i * 2, 2), "no address", 16);
        }
        addresses.emplace(written(AF_INET6, bytes), words[5]);
        names.emplace(line.numeric<uint32_t>(words[1], "no index", 16), words[5]);
    }
}

namespace {

struct Network {
    uint32_t address; // in host byte order
    uint32_t mask;
    std::string interface;
};

std::vector<Network> directNetworks(std::string_view route, const std::string& file)
{
    std::vector<Network> networks;
    eachRow(route, file, [&](const Line& line) {
        std::string_view words[8]; // Iface Destination Gateway Flags RefCnt Use Metric Mask
        if (wordsOf(line.text, words) != 8) {
            line.refuse("too few fields");
        }
        const auto gateway = line.numeric<uint32_t>(words[2], "no gateway", 16);
        if (gateway == 0) {
            networks.push_back({ ntohl(line.numeric<uint32_t>(words[1], "no address", 16)),
                ntohl(line.numeric<uint32_t>(words[7], "no mask", 16)), std::string(words[0]) });
        }
    });
    return networks;
}

const Network* nearest(const std::vector<Network>& networks, uint32_t address)
{
    const Network* best = nullptr;
    for (const Network& network : networks) {
        if ((address & network.mask) == network.address && (!best || network.mask > best->mask)) {
            best = &network;
        }
    }
    return best;
}

} // namespace

void addFromFibTrie(std::string_view trie, std::string_view route, InterfaceAddresses& addresses,
    const std::string& file)
{
    const std::vector<Network> networks = directNetworks(route, file);
    std::string leaf; // "|-- 10.0.0.1", then a line "/32 host LOCAL" for each way it is known
    for (const std::string_view raw : text::lines(trie)) {
        const std::string_view line = text::trim(raw);
        if (line.starts_with("|-- ")) {
            leaf = line.substr(4);
            continue;
        }
        in_addr address {};
        if (line != "/32 host LOCAL" || ::inet_pton(AF_INET, leaf.c_str(), &address) != 1) {
            continue;
        }
        const uint32_t number = ntohl(address.s_addr);
        const Network* network = nearest(networks, number);
        const std::string interface
            = number >> 24 == 127 ? "lo" : network ? network->interface : std::string();
        const auto [from, to] = addresses.equal_range(leaf);
        const bool known
            = std::any_of(from, to, [&](const auto& entry) { return entry.second == interface; });
        if (!interface.empty() && !known) {
            addresses.emplace(leaf, interface); // the trie is printed for two tables
        }
    }
}

} // namespace agent
