// What the cases of all RFCs say.
#pragma once

#include "tests/server/peer.h"

#include <string>

const std::string Fs = "xmlns=\"urn:femtowatch:yang:femto-security\"";
const std::string Sn = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications\"";
const std::string Yp = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-push\"";

/// A message with its times as TIME.
std::string timeless(std::string message);
/// The next notification that is not among those that came before; times as TIME, and without the
/// envelope and eventTime.
std::string nextEvent(Peer& peer);

inline std::string heartbeat(const std::string& seconds)
{
    return "<femto-security " + Fs + "><collection><heartbeat-interval>" + seconds
        + "</heartbeat-interval></collection></femto-security>";
}

std::string editCandidate(const std::string& config, const std::string& options = {});
/// heartbeat-interval of a datastore, "default" if nobody set it.
std::string heartbeatOf(Peer& peer, const std::string& store);
/// <lock> or <unlock>.
std::string lock(const std::string& store, const std::string& name = "lock");

const std::string Commit = "<commit/>";
std::string get(Peer& peer, const std::string& filter, const std::string& more = {});
/// A filter with prefixes fs, m (ietf-netconf-monitoring), l (ietf-yang-library).
std::string xpath(const std::string& select);
/// <create-subscription> of RFC 5277.
std::string subscribe(const std::string& content = {});
/// A date-and-time; in the future if negative.
std::string hoursAgo(int hours);

/// Entry of open-ports in the configuration: its path, and what is around its leaves in a reply.
const std::string Open = "<data><femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                         "<collection><category><type xmlns:fst=\"urn:femtowatch:yang:femto-"
                         "security-types\">fst:open-ports</type>";
const std::string Close = "</category></collection></femto-security></data>";
const std::string Ports = "/fs:femto-security/fs:collection/fs:category[fs:type='femto-security-"
                          "types:open-ports']";
