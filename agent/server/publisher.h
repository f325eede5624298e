// Numbers the reports of this run of the agent, keeps them in the log, and passes them on.
#pragma once

#include "agent/server/reporter.h"

namespace agent {

class Publisher {
public:
    Publisher(const yang::Context& context, ReportLog& log,
        std::function<void(const Notification&)> publish);

    /// A notification of femto-security with the header of the next report.
    yang::Tree begin(const std::string& name);
    /// Gives it its number and sends it out, with an inventory of these elements if there are any.
    Reporter::Header publish(yang::Tree notification, const std::string& inventory = {});

    void describe(std::string nodeId, std::string configDigest);
    const Reporter::Header& last() const { return header_; }
    uint64_t dropped() const { return dropped_; }
    void drop() { ++dropped_; }

private:
    void keep(const Notification& report);

    const yang::Context& context_;
    ReportLog& log_;
    std::function<void(const Notification&)> publish_;
    Reporter::Header header_; // of the last report
    uint64_t dropped_ = 0;
    bool failing_ = false; // the log could not keep the last report
};

} // namespace agent
