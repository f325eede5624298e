// collect-now: asking the prober, waiting for all results, and the reports that tell them.
#include "agent/messages.h"
#include "agent/server/reporter_hidden.h"
#include "common/text.h"

namespace agent {

namespace {

constexpr size_t MostRequests = 32;
constexpr std::chrono::seconds MostPatience { 60 };

} // namespace

void Reporter::Hidden::answered(const std::string& token, const std::string& category)
{
    const auto found = requests.find(token);
    if (found == requests.end()) {
        return; // it was too late
    }
    found->second.missing.erase(category);
    if (!found->second.missing.empty()) {
        return;
    }
    const CollectRequest request = std::move(found->second);
    loop.cancel(request.timeout);
    requests.erase(found);
    const auto last = fullReport(request.categories, "requested", request.nonce);
    request.done(last ? &*last : nullptr, last ? "" : "there is nothing to report");
}

void Reporter::Hidden::refuse(const std::string& token, const std::string& error)
{
    const auto found = requests.find(token);
    if (found == requests.end()) {
        return;
    }
    const CollectRequest request = std::move(found->second);
    loop.cancel(request.timeout);
    requests.erase(found);
    request.done(nullptr, error);
}

/// All requests, or those that wait for a category.
void Reporter::Hidden::refuseAll(const std::string& error, const std::string& category)
{
    std::vector<std::string> tokens;
    for (const auto& [token, request] : requests) {
        if (category.empty() || request.missing.contains(category)) {
            tokens.push_back(token);
        }
    }
    for (const std::string& token : tokens) {
        refuse(token, error);
    }
}

void Reporter::collectNow(const std::vector<std::string>& names, std::string nonce,
    std::function<void(const Header*, const std::string& error)> done)
{
    Hidden& all = *hidden_;
    CollectRequest request;
    for (const auto& [name, category] : all.categories) {
        if (names.empty() && category.active) {
            request.missing.insert(name);
        }
    }
    for (const std::string& name : names) {
        const auto found = all.categories.find(fullName(name));
        if (found == all.categories.end() || !found->second.active) {
            done(nullptr, "category " + text::quoted(name) + " is not enabled");
            return;
        }
        request.missing.insert(found->first);
    }
    if (request.missing.empty() || !all.prober || all.requests.size() >= MostRequests) {
        done(nullptr,
            request.missing.empty() ? "no category is enabled"
                : !all.prober       ? "the prober is not running"
                                    : "too many requests are being answered");
        return;
    }
    request.categories.assign(request.missing.begin(), request.missing.end());
    request.nonce = std::move(nonce);
    request.done = std::move(done);
    const std::string token = std::to_string(++all.lastToken);
    request.timeout = all.loop.after(MostPatience, [&all, token] {
        const auto found = all.requests.find(token);
        std::string missing;
        for (const std::string& one : found->second.missing) {
            missing += (missing.empty() ? "" : ", ") + shortName(one);
        }
        found->second.timeout = 0;
        all.refuse(token, "no result within 60 s of " + missing);
    });
    frame::Message message { static_cast<uint16_t>(Message::Collect), { token }, {} };
    for (const std::string& one : request.categories) {
        message.fields.push_back(shortName(one));
    }
    all.requests.emplace(token, std::move(request));
    all.outlets.toProber(std::move(message));
}

} // namespace agent
