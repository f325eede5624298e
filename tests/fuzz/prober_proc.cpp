// The first byte says which parser of /proc gets the rest.
#include "agent/prober/net_tables.h"
#include "agent/prober/probe.h"
#include "agent/prober/proc_files.h"
#include "agent/prober/scripts.h"
#include "agent/prober/socket_units.h"

#include <cstddef>
#include <cstdint>

namespace {

void parse(char which, std::string_view all)
{
    const std::string file = "/proc/x";
    agent::InterfaceNames names;
    agent::InterfaceAddresses addresses;
    switch (which) {
    case '0':
        agent::parseStat(all, file);
        break;
    case '1':
        agent::parseStatus(all, file);
        break;
    case '2':
        agent::parseInetTable(all, file, false);
        break;
    case '3':
        agent::parsePacketTable(all, file);
        break;
    case '4':
        agent::parseSctpEndpoints(all, file);
        break;
    case '5':
        agent::parseMountinfo(all, file);
        break;
    case '6':
        agent::unitOfCgroup(all);
        break;
    case '7':
        agent::addFromIgmp(all, names, file);
        break;
    case '8':
        agent::addFromIfInet6(all, addresses, names, file);
        break;
    case '9': {
        const size_t half = all.find("Iface");
        agent::addFromFibTrie(
            all.substr(0, half), half == all.npos ? "" : all.substr(half), addresses, file);
        break;
    }
    case 'a': {
        const auto arguments = agent::parseArguments(all);
        for (const char* interpreter : { "/bin/bash", "/usr/bin/python3", "/bin/busybox" }) {
            agent::scriptOf(interpreter, arguments);
        }
        break;
    }
    case 'b':
        agent::listensOf(agent::parseUnit(all));
        break;
    default:
        agent::namespaceInode(all, "net");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    try {
        parse(static_cast<char>(data[0]),
            std::string_view(reinterpret_cast<const char*>(data), size).substr(1));
    } catch (const agent::ParseError&) {
        // what it is for
    }
    return 0;
}
