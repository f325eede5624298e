// A shell script in the place of the agent, and what the library says of it.
#pragma once

#include "agent/embed/femtowatch-agent.h"
#include "common/fd.h"
#include "tests/emulated/skip.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <poll.h>
#include <string>

namespace embed_test {

constexpr const char* NoPidfd = "it clones no child with a pidfd that shares memory until exec";
constexpr int Deadline = 20000; // milliseconds

using Agent = std::unique_ptr<femtowatch_agent, decltype(&femtowatch_agent_free)>;

/// Its descriptor 3 is the socket.
struct Script {
    TemporaryFolder folder;
    std::string program = folder.path / "program";
    std::string log = folder.path / "log";

    explicit Script(const std::string& text)
    {
        std::ofstream(program) << "#!/bin/sh\n" << text;
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    }

    Agent start(int expected = 0, const char* facts = nullptr) const
    {
        const fd::Fd out(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600));
        femtowatch_agent_options options = FEMTOWATCH_AGENT_OPTIONS_INIT;
        options.config_file = "/a.conf";
        options.program = program.c_str();
        options.log_fd = out.get();
        options.facts_directory = facts;
        femtowatch_agent* agent = nullptr;
        REQUIRE(femtowatch_agent_start(&options, &agent) == expected);
        return { agent, &femtowatch_agent_free };
    }

    std::string said() const { return slurp(log); }
};

inline femtowatch_agent_status status(const Agent& agent)
{
    femtowatch_agent_status now {};
    now.size = sizeof now;
    REQUIRE(femtowatch_agent_get_status(agent.get(), &now) == 0);
    return now;
}

inline bool ended(const Agent& agent)
{
    return femtowatch_agent_wait(agent.get(), Deadline) == 1
        && status(agent).state == FEMTOWATCH_AGENT_ENDED;
}

inline bool readable(const Agent& agent)
{
    pollfd ready { femtowatch_agent_fd(agent.get()), POLLIN, 0 };
    return ::poll(&ready, 1, Deadline) == 1;
}

} // namespace embed_test
