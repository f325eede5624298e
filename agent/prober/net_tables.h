// The tables of sockets and addresses below /proc/net (proc(5)): parsers of text, which read
// nothing themselves. All throw ParseError with file and line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace agent {

struct NetRow {
    std::string address; // as inet_ntop(3) writes it; empty in `packet`
    uint32_t interface = 0; // index, only in `packet`; 0 for all
    uint32_t port = 0;
    bool connected = false; // to one peer
    bool listening = false;
    uint64_t inode = 0;
    uid_t user = 0;
};

/// tcp, udp, udplite, raw and their IPv6 twins: one format (net/ipv4/tcp_ipv4.c). Of a stream
/// protocol only the sockets that listen.
std::vector<NetRow> parseInetTable(std::string_view all, const std::string& file, bool stream);
/// packet (net/packet/af_packet.c).
std::vector<NetRow> parsePacketTable(std::string_view all, const std::string& file);
/// sctp/eps (net/sctp/proc.c): a row for each address of an endpoint.
std::vector<NetRow> parseSctpEndpoints(std::string_view all, const std::string& file);

/// Names of interfaces by index, out of any of the tables that tell both.
using InterfaceNames = std::map<uint32_t, std::string>;
void addFromIgmp(std::string_view all, InterfaceNames& names, const std::string& file);
void addFromDevMcast(std::string_view all, InterfaceNames& names, const std::string& file);

/// Interfaces by local address, as inet_ntop(3) writes it.
using InterfaceAddresses = std::multimap<std::string, std::string>;
void addFromIfInet6(std::string_view all, InterfaceAddresses& addresses, InterfaceNames& names,
    const std::string& file);
/// Local IPv4 addresses are in fib_trie, which names no interface, networks with their interface
/// in route: the longest direct network that holds an address gives its interface.
void addFromFibTrie(std::string_view trie, std::string_view route, InterfaceAddresses& addresses,
    const std::string& file);

} // namespace agent
