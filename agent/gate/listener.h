// The listening sockets.
#pragma once

#include "agent/gate/access.h"
#include "common/fd.h"
#include "common/loop.h"

#include <functional>
#include <map>
#include <string>

namespace agent::gate {

/// Numeric address and port of a connected or accepted socket's other end.
struct Remote {
    std::string address;
    uint16_t port;
};

class Listener {
public:
    Listener(loop::Loop& loop, std::function<void(fd::Fd, Remote, Transport)> accepted);

    /// Listens there and nowhere else; a socket that stays the same is not touched. An endpoint
    /// that cannot be had is logged and tried again every few seconds.
    void use(const std::vector<Endpoint>& endpoints);

private:
    using Place = std::pair<std::string, uint16_t>;
    struct Door {
        fd::Fd socket; // none: could not be had yet
        Transport transport;
    };
    static std::string shown(const Place& place, Transport transport);
    void bindMissing();
    void accept(const Door& door);
    void pause();

    loop::Loop& loop_;
    std::function<void(fd::Fd, Remote, Transport)> accepted_;
    std::map<Place, Door> doors_;
    loop::Loop::TimerId retry_ = 0;
    loop::Loop::TimerId resume_ = 0;
};

} // namespace agent::gate
