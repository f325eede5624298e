// A reporter with its log and loop, and what came out of it, for tests.
#pragma once

#include "agent/messages.h"
#include "agent/server/reporter.h"
#include "common/patch.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

namespace reports {

inline const yang::Context& context()
{
    static const yang::Context one = schemas::server();
    return one;
}

/// Length of what `text` begins with in the form of `mask`: 0 for a digit, x for a hexadecimal one.
inline size_t fits(std::string_view text, std::string_view mask)
{
    if (text.size() < mask.size()) {
        return 0;
    }
    for (size_t i = 0; i < mask.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        const bool hex = digit || (text[i] >= 'a' && text[i] <= 'f');
        if (!(mask[i] == '0' ? digit : mask[i] == 'x' ? hex : text[i] == mask[i])) {
            return 0;
        }
    }
    return mask.size();
}

/// JSON without what is other in each run (times, epoch, digests), and without white space.
inline std::string scrubbed(std::string_view text)
{
    static const std::pair<std::string, const char*> rules[] = {
        { "0000-00-00T00:00:00.000+00:00", "TIME" },
        { "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "EPOCH" },
        { std::string(64, 'x'), "DIGEST" },
        { "\": ", "\":" },
    };
    std::string out;
    while (!text.empty()) {
        size_t taken = 0;
        for (const auto& [mask, with] : rules) {
            if (taken == 0 && (taken = fits(text, mask)) != 0) {
                out += with;
            }
        }
        if (text[0] == '\n') {
            taken = std::min(text.find_first_not_of(" \n"), text.size());
        } else if (taken == 0) {
            out += text[0];
            taken = 1;
        }
        text.remove_prefix(taken);
    }
    return out;
}

/// A configuration of these categories ("open-ports", or with more leafs: "open-ports, "a":1").
inline yang::Tree running(const std::vector<std::string>& categories, const std::string& more = {})
{
    std::string rows;
    for (const std::string& one : categories) {
        const size_t name = one.find(',');
        rows += (rows.empty() ? "" : ",") + std::string(R"({"type":"femto-security-types:)")
            + one.substr(0, name) + "\"" + (name == std::string::npos ? "" : one.substr(name))
            + "}";
    }
    return yang::Tree::parseConfig(context(),
        R"({"femto-security:femto-security":{"collection":{)" + more + (more.empty() ? "" : ",")
            + R"("category":[)" + rows + "]}}}");
}

struct Fixture {
    TemporaryFolder folder;
    loop::Loop loop;
    agent::ReportLog log { context(), folder.path };
    std::vector<agent::Notification> sent;
    std::vector<frame::Message> toProber;
    agent::Reporter reporter { context(), loop, log, "node-1",
        { [this](const agent::Notification& one) { sent.push_back(one); },
            [this](frame::Message one) { toProber.push_back(std::move(one)); } } };

    void collected(const std::string& name, const std::string& inventory,
        const std::string& status = "collected", const std::string& token = {})
    {
        reporter.received({ static_cast<uint16_t>(agent::Message::Collected),
            { name, token,
                R"({"femto-security:femto-security":{"status":{"category":[)"
                R"({"type":"femto-security-types:)"
                    + name + R"(","status":"femto-security-types:)" + status
                    + R"(","collected-at":"2026-11-24T10:00:00.000Z"}]},"inventory":{)" + inventory
                    + "}}}" },
            {} });
    }

    /// /fs:femto-security with status and inventory.
    yang::Tree state() { return whole(reporter); }
    static yang::Tree whole(agent::Reporter& of)
    {
        yang::Tree out = of.state().copy();
        std::string elements;
        for (const auto& [name, content] : of.contents()) {
            content->write(elements);
        }
        out.merge(agent::inventoryTree(context(), elements));
        return out;
    }

    /// Runs the loop until so many notifications have come in all; fails after `most`.
    void until(size_t count, std::chrono::milliseconds most = std::chrono::seconds(10))
    {
        const auto end = std::chrono::steady_clock::now() + most;
        while (sent.size() < count && std::chrono::steady_clock::now() < end) {
            loop.once(std::chrono::milliseconds(100));
        }
        REQUIRE(sent.size() >= count);
    }

    /// What came since the last call, scrubbed, one line each.
    std::vector<std::string> news()
    {
        std::vector<std::string> out;
        for (; read < sent.size(); ++read) {
            out.push_back(scrubbed(sent[read].event->tree().json()));
        }
        return out;
    }
    std::vector<std::string> kinds()
    {
        std::vector<std::string> out;
        for (; read < sent.size(); ++read) {
            out.push_back(sent[read].event->tree().root().name());
        }
        return out;
    }
    size_t read = 0;
};

inline std::string group(const std::string& name, int gid)
{
    return R"({"name":")" + name + R"(","gid":)" + std::to_string(gid) + "}";
}

inline std::string groups(const std::string& rows)
{
    return R"("user-permissions":{"group":[)" + rows + "]}";
}

} // namespace reports
