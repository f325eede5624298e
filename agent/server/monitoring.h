// What the server tells about itself: capabilities, ietf-yang-library (RFC 8525), netconf-state
// (RFC 6022), event streams (RFC 5277, 3.2.5.1), counters of access control (RFC 8341).
#pragma once

#include "agent/server/access.h"
#include "agent/server/datastore.h"
#include "agent/server/netconf_server.h"
#include "agent/server/report_log.h"
#include "common/yang.h"

#include <string>
#include <vector>

namespace agent {

/// For the hello. Modules of YANG 1.1 are not in it (RFC 7950, 5.6.4).
std::vector<std::string> capabilities(const yang::Context& context);

/// Text of a module. Throws RpcError: no such module, several of them, no such format.
std::string schemaText(const yang::Context& context, const std::string& identifier,
    const std::optional<std::string>& version, const std::optional<std::string>& format);

class Monitoring {
public:
    Monitoring(const yang::Context& context, const std::vector<std::string>& capabilities);

    const yang::Tree& library() const { return library_; }
    /// Valid until the next call.
    const yang::Tree& netconfState(const NetconfServer& server, const Datastore& datastore);
    yang::Tree streams(const ReportLog& log) const;
    yang::Tree counters(const Access& access) const;

private:
    const yang::Context& context_;
    yang::Tree library_;
    yang::Tree state_;
};

} // namespace agent
