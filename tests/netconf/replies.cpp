#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>
#include <regex>

std::string timeless(std::string message)
{
    static const std::regex time("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+(Z|[+-]\\d\\d:\\d\\d)");
    return std::regex_replace(message, time, "TIME");
}

std::string nextEvent(Peer& peer)
{
    std::string message;
    if (peer.notifications.empty()) {
        message = peer.next();
    } else {
        message = peer.notifications.front();
        peer.notifications.erase(peer.notifications.begin());
    }
    message = timeless(message);
    const std::string begin = "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:"
                              "1.0\"><eventTime>TIME</eventTime>";
    const std::string end = "</notification>";
    INFO(message);
    REQUIRE(message.starts_with(begin));
    return message.substr(begin.size(), message.size() - begin.size() - end.size());
}
