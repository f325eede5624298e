// When each category is read: at its sampling interval if one of its sources has changed, at once
// when asked, and on and on while a probe says that it has not finished. Results go out as
// Collected messages, what became of the vendor's facts as FactsJudged. Now and then all is read
// whatever the sources say.
#pragma once

#include "agent/config.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/hints.h"
#include "agent/prober/probe.h"
#include "agent/prober/sources.h"
#include "agent/prober/vendor/facts.h"
#include "common/frame.h"
#include "common/loop.h"
#include "common/spare_memory.h"

#include <functional>
#include <map>

namespace agent {

class Schedule {
public:
    using Send = std::function<void(frame::Message)>;

    /// Without events a category is looked at on its beats only, but for new listeners.
    Schedule(loop::Loop& loop, const yang::Context& context, const Root& root, const Vendor& vendor,
        Send send, Events* events = nullptr);

    /// The collection configuration: categories that it enables are read at once if they were not
    /// enabled before, or if what they look at has changed.
    void configure(const yang::Tree& collection);
    /// Reads a category now; the result carries the token. What takes long to read in full is sent
    /// as far as it is known after `Patience`. Throws std::out_of_range if it is not enabled.
    void collect(const std::string& category, const std::string& token);

    /// While a category is being read others have their turn, but no request: then neither of the
    /// two above may be called.
    bool reading() const { return !reading_.empty(); }

    /// What was last told of a category has not arrived: it is told in full again.
    void lost(const std::string& category);
    /// Nothing that was told so far is known any more.
    void lostAll();

    static constexpr std::chrono::seconds Patience { 5 };

private:
    struct Line {
        const Probe* probe = nullptr; // none of a category that the vendor's module defines
        Settings settings {};
        std::chrono::seconds interval {};
        loop::Loop::TimerId timer = 0;
        loop::Moment waiting {}; // what the timer is set to
        loop::Moment next {}; // of the regular rhythm
        loop::Moment paid {}; // when the time that reading took will be its share of all time
        loop::Moment mayHint {}; // hints come true no earlier
        loop::Moment reportAgain {}; // while it is unfinished
        std::optional<Sources> sources {}; // of the content that was sent last, if there was any
        yang::Tree status {}; // that was sent with it
        loop::Moment readAgain {}; // whatever the sources say
        loop::Moment filesAgain {}; // of the sources, until then only if there is a hint
        loop::Moment sent {};
        std::vector<std::string> tokens {}; // of requests that wait for a result
        loop::Moment asked {}; // when the first of them came
        bool again = false; // it may have changed while it was read
    };
    void configure(const yang::Tree& collection, const std::string& category, const Probe* probe);
    Result look(const std::string& category, const Line& line, bool wholeOnly);
    void due(const std::string& category);
    void breathe();
    bool unchanged(const std::string& category, Line& line, loop::Moment now);
    bool sameSources(const std::string& category, Line& line, loop::Moment now) const;
    void hinted(const std::string& category, std::chrono::milliseconds settle);
    static void rest(Line& line, std::chrono::nanoseconds since);
    void finished(const std::string& category, Line& line, Result result, Sources sources);
    void nextBeat(const std::string& category, Line& line, loop::Moment now);
    void wait(const std::string& category, Line& line, loop::Moment when);

    loop::Loop& loop_;
    const yang::Context& context_;
    const Root& root_;
    std::string webService_;
    Send send_;
    HashCache hashes_;
    Facts facts_;
    std::map<std::string, Line> lines_;
    Hints hints_;
    std::string reading_; // category that others may come into
    loop::Moment breath_ {}; // the next one
    std::exception_ptr inBreath_;
    memory::Spare memory_ { loop_ };
};

} // namespace agent
