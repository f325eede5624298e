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

std::string editCandidate(const std::string& config, const std::string& options)
{
    return "<edit-config><target><candidate/></target>" + options + "<config>" + config
        + "</config></edit-config>";
}

std::string heartbeatOf(Peer& peer, const std::string& store)
{
    const std::string answer = peer.call("<get-config><source><" + store
        + "/></source><filter><femto-security " + Fs
        + "><collection><heartbeat-interval/></collection></femto-security></filter></get-config>");
    const std::string begin = "<heartbeat-interval>";
    const size_t at = answer.find(begin);
    return at == answer.npos
        ? "default"
        : answer.substr(at + begin.size(), answer.find('<', at + 1) - at - begin.size());
}

std::string lock(const std::string& store, const std::string& name)
{
    return "<" + name + "><target><" + store + "/></target></" + name + ">";
}

std::string get(Peer& peer, const std::string& filter, const std::string& more)
{
    return peer.call("<get>" + filter + more + "</get>");
}

std::string xpath(const std::string& select)
{
    return "<filter type=\"xpath\" select=\"" + select
        + "\" xmlns:fs=\"urn:femtowatch:yang:femto-security\" "
          "xmlns:m=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\" "
          "xmlns:l=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\"/>";
}

std::string subscribe(const std::string& content)
{
    return "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        + content + "</create-subscription>";
}

std::string hoursAgo(int hours)
{
    return wall::dateAndTime(std::chrono::system_clock::now() - std::chrono::hours(hours));
}
