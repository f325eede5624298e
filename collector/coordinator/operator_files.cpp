#include "collector/coordinator/operator_files.h"
#include "collector/worker/policy.h"
#include "common/log.h"
#include "yang/schemas.h"

#include <stdexcept>

namespace collector {

namespace {

constexpr size_t Largest = 64u << 20;

/// The collection of the data of a fresh agent: what nodes are told if the operator says nothing.
std::string shippedCollection(const yang::Context& context)
{
    const yang::Tree startup
        = yang::Tree::parse(context, schemas::file("startup.json"), yang::Format::Json, false);
    yang::Tree collection;
    collection.at(context, "/femto-security:femto-security/collection");
    for (const yang::Node& each : startup.select("/femto-security:femto-security")) {
        collection
            = yang::Tree::parse(context, each.print(yang::Format::Json), yang::Format::Json, false);
    }
    return collection.json();
}

} // namespace

OperatorFiles::OperatorFiles(
    loop::Loop& loop, const Config& config, yang::Context context, Outlets outlets)
    : config_(config)
    , outlets_(std::move(outlets))
    , context_(std::move(context))
{
    first(config_.policy, &OperatorFiles::readPolicy);
    first(config_.collection, &OperatorFiles::readCollection);
    if (!config.policy.empty()) {
        policyFile_ = std::make_unique<WatchedFile>(
            loop, config.policy, [this] { reread(config_.policy, &OperatorFiles::readPolicy); });
    }
    if (!config.collection.empty()) {
        collectionFile_ = std::make_unique<WatchedFile>(loop, config.collection,
            [this] { reread(config_.collection, &OperatorFiles::readCollection); });
    }
}

void OperatorFiles::readPolicy()
{
    const std::string text = config_.policy.empty()
        ? std::string(schemas::file("femto-baseline.json"))
        : fd::readFile(config_.policy, Largest);
    const Policy policy = Policy::parse(context_, text);
    policyState_ = { { "version", policy.version },
        { "file", config_.policy.empty() ? "(shipped)" : config_.policy } };
    outlets_.policy(text);
    logging::notice("policy " + policy.version + " is in force");
}

void OperatorFiles::readCollection()
{
    const std::string text = config_.collection.empty() ? shippedCollection(context_)
                                                        : fd::readFile(config_.collection, Largest);
    const yang::Tree tree = yang::Tree::parseConfig(context_, text);
    if (!tree.find("/femto-security:femto-security/collection")) {
        throw std::runtime_error("no femto-security/collection in it");
    }
    outlets_.collection(text);
}

void OperatorFiles::first(const std::string& path, void (OperatorFiles::*read)())
try {
    (this->*read)();
} catch (const std::system_error&) {
    throw; // names the file
} catch (const std::exception& e) {
    throw std::runtime_error(path + ": " + e.what());
}

void OperatorFiles::reread(const std::string& path, void (OperatorFiles::*read)())
try { // boundary: a file of the operator
    (this->*read)();
} catch (const std::exception& e) {
    logging::error(path + " is not taken, the former content stays in force: " + e.what());
    if (read == &OperatorFiles::readPolicy) {
        policyState_["error"] = e.what();
    }
}

} // namespace collector
