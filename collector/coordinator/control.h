// The control socket: how the operator's command asks the running collector. Only users of the
// socket's group get at it; who they are is taken from the kernel (unix(7), SO_PEERCRED).
#pragma once

#include "collector/coordinator/store.h"
#include "common/frame.h"
#include "common/loop.h"

#include <functional>
#include <map>
#include <memory>
#include <span>

namespace collector {

/// What a request may use. `changed` is called when nodes were enrolled or dismissed.
struct Question {
    Store& store;
    const nlohmann::json& arguments;
    std::string actor;
    std::string defaultProfile;
    nlohmann::json policy; // {"version", "file", "error"}
    std::function<void()> changed;
};

struct Verb {
    const char* name;
    /// Throws std::invalid_argument with what is wrong with the question.
    nlohmann::json (*answer)(const Question& question);
};

/// Everything that can be asked. "follow" is besides: findings as they change, until hang-up.
std::span<const Verb> verbs();

class Control {
public:
    using Ask = std::function<nlohmann::json(
        const Verb& verb, const nlohmann::json& arguments, const std::string& actor)>;

    /// Listens on `path`; an old socket there is replaced.
    Control(loop::Loop& loop, const std::string& path, Ask ask);
    ~Control();
    /// To all that follow.
    void tell(const std::vector<FindingChange>& changes);

private:
    struct Client {
        std::unique_ptr<frame::Channel> channel;
        std::string actor;
        bool follows = false;
    };
    void accept();
    void serve(int fd);
    void answer(Client& client, const frame::Message& request);
    void update(int fd);
    void drop(int fd);

    loop::Loop& loop_;
    std::string path_;
    Ask ask_;
    fd::Fd listener_;
    std::map<int, Client> clients_;
};

} // namespace collector
