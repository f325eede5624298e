// How long a peer may take for each step of a session, and how its silence is told from its death.
#pragma once

#include "agent/gate/access.h"
#include "agent/gate/secure_transport.h"

#include <chrono>
#include <optional>
#include <string>

namespace agent::gate {

/// What a session is about at the moment.
struct Progress {
    bool admission; // the peer has authenticated and NETCONF may begin
    bool greeted; // its hello was whole
    bool receiving; // a message of it has begun, and is read
    bool sending; // bytes for it wait: here, or in what the transport holds
    bool lastBytes; // nothing comes after them
    bool parting; // it has all of them: the connection is its to end
};

struct Over {
    std::string why; // empty for an ordinary end
    const char* limit; // leaf of agent-access/limits; empty if none was reached
};

class TimeLimits {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// From now the peer has time to log in. `idle` is how long no message may go either way, 0 for
    /// ever.
    TimeLimits(const Limits& limits, std::chrono::seconds idle, SecureTransport& transport);

    /// Bytes came on the connection, of whatever protocol.
    void heard();
    /// Bytes of NETCONF went one way or the other.
    void read();
    void written();
    /// The peer has time from now for the last bytes. Each of them gives the next ones time.
    void lastBytes();
    void parting();

    /// Why the session is over now. Nothing if it goes on, until next() at least. Asks the peer
    /// for signs of life.
    std::optional<Over> over(const Progress& progress);
    Moment next() const { return next_; }

private:
    void due(Moment when, const char* reason, const char* limit);
    void incoming(const Progress& progress);
    void outgoing(const Progress& progress);
    void keepAlive();

    Limits limits_;
    std::chrono::seconds idle_;
    SecureTransport& transport_;
    Moment now_;
    Moment next_;
    std::optional<Over> over_;
    Moment heard_; // or asked for a sign of life
    Moment loginBy_;
    std::optional<Moment> helloBy_;
    Moment leaveBy_;
    Moment used_; // by NETCONF
    std::optional<Moment> receivingSince_;
    std::optional<Moment> stuckSince_;
    uint64_t received_; // when something was heard
    uint64_t acknowledged_ = 0;
    unsigned unanswered_ = 0;
    bool moved_ = false; // bytes went to the peer since outgoing() looked
    bool kernelKeepsAlive_ = false;
};

} // namespace agent::gate
