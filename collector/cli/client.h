// The operator's end of the control socket of the running collector.
#pragma once

#include "common/frame.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace cli {

class Client {
public:
    /// Throws std::runtime_error with what to do if nothing listens there or it may not be used.
    explicit Client(const std::string& socket);

    /// The answer. Throws std::runtime_error with the collector's words if it refuses.
    nlohmann::json ask(const std::string& verb, const nlohmann::json& arguments);
    /// Each change of a finding, until the collector ends or `seen` returns false.
    void follow(const std::function<bool(const nlohmann::json& change)>& seen);

private:
    frame::Message next();

    frame::Channel channel_;
};

/// $FEMTOWATCH_CONTROL, else the default place.
std::string defaultControlSocket();

} // namespace cli
