// What a node sends, from the hello on, in pieces of any size: the session ends as Broken or goes
// on, and what it takes for reports can be believed and printed.
#include "collector/worker/belief.h"
#include "collector/worker/chain.h"
#include "collector/worker/netconf_session.h"
#include "collector/worker/report.h"
#include "yang/schemas.h"

#include <cstdint>

namespace {

const yang::Context& context()
{
    static const yang::Context all = schemas::management();
    return all;
}

void believe(collector::Belief& belief, collector::Chain& chain)
{
    while (const auto item = chain.next()) {
        try {
            for (const std::string& category : belief.take(item->report).changed) {
                belief.text(category);
            }
        } catch (const yang::Error&) { // the report contradicts itself
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static loop::Loop loop;
    collector::Belief belief(context());
    collector::Chain chain;
    collector::NetconfSession* at = nullptr;
    collector::NetconfSession::Outlets outlets;
    outlets.send = [](std::string_view) {};
    outlets.greeted = [&] { at->request("<get/>", std::chrono::seconds(1), [](const auto&) {}); };
    outlets.notified = [&](yang::Tree tree, const std::string& time) {
        try {
            chain.offer(collector::readReport(std::move(tree), time));
            believe(belief, chain);
        } catch (const yang::Error&) { // no report
        }
    };
    outlets.unknown = [](const std::set<std::string>&) {};
    outlets.invalid = [](const std::string&) {};
    outlets.late = [](const std::string&) {};
    collector::NetconfLimits limits;
    limits.message = 1u << 20;
    collector::NetconfSession session(context(), loop, std::move(outlets), limits);
    at = &session;
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const size_t piece = size == 0 ? 1 : data[0] % 64 + 1u;
    try {
        while (!bytes.empty()) {
            session.received(bytes.substr(0, piece));
            bytes.remove_prefix(std::min(piece, bytes.size()));
        }
    } catch (const collector::Broken&) {
    }
    chain.giveUp();
    believe(belief, chain);
    return 0;
}
