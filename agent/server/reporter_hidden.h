// What Reporter is made of; for its own files only.
#pragma once

#include "agent/server/collection.h"
#include "agent/server/live_tree.h"
#include "agent/server/publisher.h"

#include <set>

namespace agent {

/// A category: how it is, and what of that has been told.
struct ReportedCategory {
    CategorySummary summary; // as in status
    size_t size = 0; // of its content as text, about
    bool active = false; // enabled, and the collection too
    bool known = false; // a result has come since it is active
    bool holds = false; // the content is what this prober sent last
    loop::Moment good {}; // when the last usable result came

    // As last reported.
    uint64_t toldGeneration = 0;
    std::optional<std::string> toldDigest;
    std::string toldStatus;
    std::vector<std::string> toldReasons;
    /// The content then, if the present one is another; null if there was none.
    std::optional<std::shared_ptr<const Content>> toldContent;

    std::optional<loop::Moment> changeTold; // when the last change report went out
    loop::Moment due {}; // when the next periodic report is, or the last one was
    std::optional<wall::Time> dueTime; // the same by the clock, with anchor-time
    loop::Loop::TimerId dampening = 0;
    loop::Loop::TimerId staleness = 0;
    loop::Loop::TimerId period = 0;
};

/// Whether two contents, or the lack of them, are the same.
inline bool same(
    const std::shared_ptr<const Content>& one, const std::shared_ptr<const Content>& other)
{
    return one && other ? one->digest() == other->digest() : one == other;
}

struct CollectRequest {
    std::vector<std::string> categories;
    std::set<std::string> missing;
    std::string nonce;
    std::function<void(const Reporter::Header*, const std::string&)> done;
    loop::Loop::TimerId timeout = 0;
};

struct Reporter::Hidden {
    Hidden(const yang::Context& yang, loop::Loop& events, ReportLog& reports, std::string id,
        Outlets out);
    ~Hidden();

    const yang::Context& context;
    loop::Loop& loop;
    ReportLog& log;
    std::string nodeId; // if the configuration has none
    Outlets outlets;
    Publisher publisher;
    LiveTree live;
    std::optional<Collection> collection; // none before configure()
    std::map<std::string, ReportedCategory> categories;
    std::map<std::string, CollectRequest> requests; // by token
    uint64_t lastToken = 0;
    bool prober = false;
    loop::Moment started = std::chrono::steady_clock::now();
    loop::Moment nextHeartbeat {};
    loop::Loop::TimerId heartbeatTimer = 0;

    // reporter.cpp: what happens
    void tellProber();
    void configChanged(const Collection& before, const Origin& origin);
    void applySettings(const std::string& name, const CategorySettings* before);
    void disable(const std::string& name);
    void enable(const std::string& name);
    void take(const std::string& name, const yang::Tree& result, CategorySummary next);
    void takeUnchanged(const std::string& name, CategorySummary next);
    void took(const std::string& name, CategorySummary next);
    bool exchange(const std::string& name, const std::shared_ptr<const Content>& next);

    // reporter_reports.cpp: what is told, and when
    std::optional<Header> fullReport(
        const std::vector<std::string>& names, const char* trigger, const std::string& nonce = {});
    void considerChange(const std::string& name);
    void changeReport(const std::string& name);
    void told(ReportedCategory& category);
    void heartbeat();
    void restartHeartbeat(bool atOnce);
    void restartPeriod(const std::string& name);
    void nextPeriod(const std::string& name);
    void waitForPeriod(const std::string& name);
    void periodEnded();
    void waitForStaleness(const std::string& name);
    void becameStale(const std::string& name);
    const CategorySettings& settings(const std::string& name) const;

    // reporter_requests.cpp: collect-now
    void answered(const std::string& token, const std::string& category);
    void refuse(const std::string& token, const std::string& error);
    void refuseAll(const std::string& error, const std::string& category = {});
};

} // namespace agent
