// Subscriptions to datastores (RFC 8641): updates in periods, or when something changes.
#pragma once

#include "agent/server/notification.h"
#include "agent/server/selection.h"
#include "common/clock.h"
#include "common/loop.h"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

namespace agent {

using Centiseconds = std::chrono::duration<int64_t, std::centi>;

struct PushRequest {
    std::string datastore; // identity, module in front
    Shown shown = Shown::Operational;
    Filter filter {};
    std::optional<wall::Time> stop {};
    std::optional<Centiseconds> period {}; // nothing: on change
    std::optional<wall::Time> anchor {}; // updates are due whole periods from it
    Centiseconds dampening {};
    bool syncOnStart = true;
    std::set<std::string> excluded {}; // kinds of change
    std::string reference {}; // to the filter, if it is a stored one
};

class Push {
public:
    struct Outlets {
        /// What the session's user is shown now. Throws RpcError.
        std::function<std::string(uint32_t session, const PushRequest&)> content;
        /// Sends to a session; false if it could not be queued, and then the session is being
        /// ended.
        std::function<bool(uint32_t session, const Notification&)> send;
    };

    static constexpr size_t MostTold = 32u << 20; // bytes, of all that are told of changes

    Push(const yang::Context& context, loop::Loop& loop, Outlets outlets,
        size_t mostTold = MostTold);
    ~Push();
    Push(const Push&) = delete;
    Push& operator=(const Push&) = delete;

    /// What is kept for those that are told of changes would be too much.
    struct TooMuch : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    /// The first update comes after the reply: at once for one that is to be synchronized, or whose
    /// period has no anchor. Throws RpcError if there is no content to be had, TooMuch.
    void establish(uint32_t session, uint32_t id, PushRequest request);
    /// The same one, by another request. Throws also std::out_of_range if there is none.
    void modify(uint32_t session, uint32_t id, PushRequest request);
    /// Null if there is none.
    const PushRequest* find(uint32_t session, uint32_t id) const;
    /// All content is sent again; false if there is no such one that is told of changes.
    bool resync(uint32_t session, uint32_t id);
    /// Without a word. False if there is none.
    bool remove(uint32_t session, uint32_t id);
    /// With subscription-terminated, for that reason (an identity, module in front).
    void terminate(uint32_t session, uint32_t id, const std::string& reason);
    void drop(uint32_t session);

    /// Something may be other than before.
    void changed();

    struct Row {
        uint32_t session;
        uint32_t id;
        const PushRequest* request;
        uint64_t sent;
    };
    std::vector<Row> rows() const;

private:
    using Key = std::pair<uint32_t, uint32_t>; // session and number
    struct One {
        PushRequest request {};
        std::string told {}; // content, of one that is told of changes
        bool whole = false; // all of it is to be sent
        bool doubted = false; // what is there now may differ from it
        uint32_t patch = 0; // number of the next
        loop::Loop::TimerId timer = 0; // of the next update, or until there may be one
        loop::Loop::TimerId stop = 0;
        uint64_t sent = 0;
    };
    void take(uint32_t session, One& one, PushRequest request) const;
    size_t told() const;
    void begin(Key key);
    void watchStop(Key key);
    void due(Key key);
    void waitForPeriod(Key key);
    bool sendAll(Key key, const std::string& content);
    bool sendChanges(Key key, const std::string& content);
    bool send(Key key, const std::string& element);
    void erase(Key key);

    const yang::Context& context_;
    loop::Loop& loop_;
    Outlets outlets_;
    size_t mostTold_;
    std::map<Key, One> all_;
};

} // namespace agent
