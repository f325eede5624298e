#include "agent/server/datastore.h"
#include "agent/server/envelope.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/text.h"
#include "common/yang_internal.h"
#include "yang/schemas.h"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t MostBytes = 64u << 20; // of a stored configuration
constexpr const char* File = "running.json";
constexpr const char* Before = "running.previous.json";

/// A configuration from a file. What is collected by a module of the vendor that has gone, or that
/// is broken now, is left out: the rest of the configuration is no worse for it.
yang::Tree stored(const yang::Context& context, const std::string& text, bool whole = true)
{
    std::vector<std::string> lost;
    yang::Tree tree = yang::Tree::parseConfigKnown(
        context, text, "/femto-security:femto-security/collection/category", lost, whole);
    for (const std::string& category : lost) {
        logging::error("category " + text::quoted(category)
            + " is not collected: no module that is loaded defines it");
    }
    return tree;
}

yang::Tree startupData(const yang::Context& context, const std::string& extra)
{
    yang::Tree tree
        = yang::Tree::parse(context, schemas::file("startup.json"), yang::Format::Json, false);
    if (!extra.empty()) {
        tree.merge(stored(context, extra, false)); // a part of an entry is enough
    }
    return yang::Tree::parseConfig(context, tree.json());
}

} // namespace

Datastore::Datastore(const yang::Context& context, std::string folder, const std::string& startup)
    : context_(context)
    , folder_(std::move(folder))
{
    for (const char* const name : { File, Before }) {
        if (auto tree = load(name)) {
            running_ = std::move(*tree);
            return;
        }
    }
    running_ = startupData(context, startup);
    logging::notice("the configuration is the startup data");
}

/// Nothing if there is no such file, or one that cannot be used: then it is put aside.
std::optional<yang::Tree> Datastore::load(const std::string& name) const
{
    const std::string path = folder_ + "/" + name;
    try { // boundary: a stored file
        return stored(context_, fd::readFile(path, MostBytes));
    } catch (const std::system_error& e) {
        if (e.code().value() != ENOENT) {
            throw; // a folder that cannot be read is not an empty one
        }
        return std::nullopt;
    } catch (const std::exception& e) {
        const std::string aside = path + ".broken";
        const bool kept = ::rename(path.c_str(), aside.c_str()) == 0;
        logging::error("configuration " + name + " is damaged: " + e.what()
            + (kept ? "; kept as " + name + ".broken" : "") + "; an older one is used");
        return std::nullopt;
    }
}

void Datastore::validate(yang::Tree& next) const
{
    lyd_node* root = next.release();
    const LY_ERR rc = lyd_validate_all(&root, context_.raw(), LYD_VALIDATE_NO_STATE, nullptr);
    next = yang::Tree(root);
    if (rc != LY_SUCCESS) {
        throw validationError(context_);
    }
}

void Datastore::commit(yang::Tree next)
{
    const std::string path = folder_ + "/" + File;
    const std::string before = folder_ + "/" + Before;
    try { // boundary: the disk
        // A second name for the good copy; the fsync of the folder in replaceFile is for both.
        ::unlink(before.c_str());
        if (::link(path.c_str(), before.c_str()) != 0 && errno != ENOENT) {
            fd::fail(before);
        }
        fd::replaceFile(path, next.json());
    } catch (const std::system_error& e) {
        const int code = e.code().value();
        throw RpcError(code == ENOSPC || code == EDQUOT ? "resource-denied" : "operation-failed",
            std::string("the configuration cannot be stored: ") + e.what());
    }
    running_ = std::move(next);
}

void Datastore::lock(uint32_t session)
{
    if (lock_) {
        RpcError error("lock-denied",
            lock_->session == session ? "this session has the lock already"
                                      : "another session has the lock");
        error.type = "protocol";
        error.info.emplace_back("session-id", std::to_string(lock_->session));
        throw error;
    }
    lock_ = Lock { session, wall::now() };
}

void Datastore::unlock(uint32_t session)
{
    if (!lock_ || lock_->session != session) {
        RpcError error("operation-failed",
            lock_ ? "session " + std::to_string(lock_->session) + " has the lock"
                  : "running is not locked");
        error.type = "protocol";
        if (lock_) {
            error.info.emplace_back("session-id", std::to_string(lock_->session));
        }
        throw error;
    }
    lock_.reset();
}

void Datastore::release(uint32_t session)
{
    if (lock_ && lock_->session == session) {
        lock_.reset();
    }
}

void Datastore::mayChange(uint32_t session) const
{
    if (lock_ && lock_->session != session) {
        RpcError error(
            "in-use", "session " + std::to_string(lock_->session) + " has locked running");
        error.type = "protocol";
        throw error;
    }
}

} // namespace agent
