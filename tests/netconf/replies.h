// What the cases of all RFCs say.
#pragma once

#include "tests/server/peer.h"

#include <string>

const std::string Fs = "xmlns=\"urn:femtowatch:yang:femto-security\"";
const std::string Sn = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications\"";
const std::string Yp = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-push\"";

/// An <rpc-error> of severity error.
inline std::string rpcError(const std::string& type, const std::string& tag,
    const std::string& message, const std::string& info = {}, const std::string& appTag = {})
{
    return "<rpc-error><error-type>" + type + "</error-type><error-tag>" + tag
        + "</error-tag><error-severity>error</error-severity>"
        + (appTag.empty() ? "" : "<error-app-tag>" + appTag + "</error-app-tag>")
        + "<error-message xml:lang=\"en\">" + message + "</error-message>"
        + (info.empty() ? "" : "<error-info>" + info + "</error-info>") + "</rpc-error>";
}

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
