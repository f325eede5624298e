// A commit that has to be confirmed in time, or running becomes what it was before (RFC 6241, 8.4).
// One at a time.
#pragma once

#include "agent/server/netconf_server.h"
#include "common/loop.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace agent {

class ConfirmedCommit {
public:
    struct Outlets {
        std::function<void()> restore; // running, as it was before
        /// confirm-event of netconf-confirmed-commit (RFC 6470): start, extend, complete, cancel or
        /// timeout, for which there is no session.
        std::function<void(
            const char* event, const Session* by, std::optional<std::chrono::seconds> timeout)>
            tell;
    };

    ConfirmedCommit(loop::Loop& loop, Outlets outlets);
    ~ConfirmedCommit();
    ConfirmedCommit(const ConfirmedCommit&) = delete;
    ConfirmedCommit& operator=(const ConfirmedCommit&) = delete;

    bool pending() const { return pending_.has_value(); }
    /// Whether one is pending that is not this session's. Its id: 0 if it outlives its session.
    std::optional<uint32_t> ofAnother(uint32_t session) const;

    /// Throws RpcError if this session, with this persist-id, may not go on with the one that is
    /// pending, or names one and none is.
    void mayGoOn(uint32_t session, const std::optional<std::string>& persistId) const;

    /// Begins one, or gives the pending one more time. With `persist` it outlives its session and
    /// is whoever's names it so.
    void begin(const Session& by, std::chrono::seconds timeout, std::optional<std::string> persist);
    /// It stays.
    void complete(const Session& by);
    /// It is undone.
    void cancel(const Session& by);
    void ended(const Session& session);

private:
    struct Pending {
        uint32_t session;
        std::optional<std::string> persist;
        loop::Loop::TimerId timer;
    };
    void end();

    loop::Loop& loop_;
    Outlets outlets_;
    std::optional<Pending> pending_;
};

} // namespace agent
