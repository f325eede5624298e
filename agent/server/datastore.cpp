#include "agent/server/datastore.h"
#include "agent/server/credentials.h"
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
#include <utility>

namespace agent {

namespace {

constexpr size_t MostBytes = 64u << 20; // of a stored configuration
constexpr const char* File = "running.json";
constexpr const char* Before = "running.previous.json";
constexpr const char* Kept = "running.unconfirmed.json"; // what it is to become again

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

/// The disk refuses.
RpcError notStored(const std::system_error& e)
{
    const int code = e.code().value();
    return RpcError(code == ENOSPC || code == EDQUOT ? "resource-denied" : "operation-failed",
        std::string("the configuration cannot be stored: ") + e.what());
}

/// Another name for a file, if there is one, in place of an older one.
void linkAs(const std::string& path, const std::string& name)
{
    ::unlink(name.c_str());
    if (::link(path.c_str(), name.c_str()) != 0 && errno != ENOENT) {
        fd::fail(name);
    }
}

} // namespace

const char* nameOf(Store store)
{
    return store == Store::Running ? "running" : "candidate";
}

Datastore::Datastore(const yang::Context& context, std::string folder, const std::string& startup)
    : context_(context)
    , folder_(std::move(folder))
{
    if (loadKept()) {
        return;
    }
    for (const char* const name : { File, Before }) {
        if (auto loaded = load(name); loaded.tree) {
            running_ = std::move(*loaded.tree);
            return;
        }
    }
    running_ = startupData(context, startup);
    logging::notice("the configuration is the startup data");
}

/// Takes up what was kept of a commit that was never confirmed; false if there is none. If it is
/// damaged, the copy before the last commit is nearest to it.
bool Datastore::loadKept()
{
    Loaded loaded = load(Kept);
    if (!loaded.tree && loaded.there) {
        loaded = load(Before);
    }
    if (!loaded.tree) {
        return false;
    }
    running_ = std::move(*loaded.tree);
    logging::notice("the last commit was not confirmed: running is as it was before");
    try { // boundary: the disk
        fd::replaceFile(path(File), running_.json());
        removeKept();
    } catch (const std::system_error& e) {
        stale_ = true;
        logging::error(std::string("it cannot be stored: ") + e.what());
    }
    return true;
}

/// A file that cannot be used is put aside.
Datastore::Loaded Datastore::load(const char* name) const
{
    const std::string path = this->path(name);
    try { // boundary: a stored file
        return { true, stored(context_, fd::readFile(path, MostBytes)) };
    } catch (const std::system_error& e) {
        if (e.code().value() != ENOENT) {
            throw; // a folder that cannot be read is not an empty one
        }
        return {};
    } catch (const std::exception& e) {
        const std::string aside = path + ".broken";
        const bool kept = ::rename(path.c_str(), aside.c_str()) == 0;
        logging::error("configuration " + std::string(name) + " is damaged: " + e.what()
            + (kept ? "; kept as " + std::string(name) + ".broken" : "") + "; another one is used");
        return { true, std::nullopt };
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
    checkCredentials(next);
}

void Datastore::commit(yang::Tree next)
{
    try { // boundary: the disk
        // A second name for the good copy; the fsync of the folder in replaceFile is for both.
        linkAs(path(File), path(Before));
        fd::replaceFile(path(File), next.json());
        if (stale_) {
            removeKept(); // the next start would take it for running
        }
    } catch (const std::system_error& e) {
        throw notStored(e);
    }
    running_ = std::move(next);
}

void Datastore::removeKept()
{
    if (::unlink(path(Kept).c_str()) != 0 && errno != ENOENT) {
        fd::fail(path(Kept));
    }
    fd::syncFolder(folder_);
    stale_ = false;
}

const yang::Tree& Datastore::of(Store store) const
{
    return store == Store::Running ? running() : candidate();
}

void Datastore::editCandidate(yang::Tree next)
{
    lyd_node* root = next.release();
    const LY_ERR rc = lyd_new_implicit_all(&root, context_.raw(), LYD_IMPLICIT_NO_STATE, nullptr);
    next = yang::Tree(root);
    yang::check(rc, context_.raw(), "candidate");
    candidate_ = std::move(next);
}

void Datastore::discard()
{
    candidate_ = {};
}

void Datastore::keep()
{
    try { // boundary: the disk
        fd::replaceFile(path(Kept), running_.json()); // a copy, for one file may be damaged
        stale_ = false;
    } catch (const std::system_error& e) {
        throw notStored(e);
    }
    kept_ = running_.copy();
}

void Datastore::forget()
{
    try { // boundary: the disk
        removeKept();
    } catch (const std::system_error& e) {
        throw notStored(e);
    }
    kept_ = {};
}

void Datastore::keepNoMore()
{
    try { // boundary: the disk
        removeKept();
    } catch (const std::system_error&) {
        stale_ = true; // it is what running is; the next change of that will see to it
    }
    kept_ = {};
}

void Datastore::restore()
{
    try { // boundary: the disk
        if (::rename(path(Kept).c_str(), path(File).c_str()) != 0) {
            fd::fail(path(Kept));
        }
        fd::syncFolder(folder_);
    } catch (const std::system_error& e) {
        stale_ = true;
        logging::error(std::string("the configuration from before the last commit is in force, but "
                                   "cannot be stored: ")
            + e.what());
    }
    running_ = std::exchange(kept_, {});
}

void Datastore::lock(Store store, uint32_t session)
{
    std::optional<Lock>& lock = locks_[index(store)];
    const bool dirty = store == Store::Candidate && edited();
    if (lock || dirty) {
        RpcError error("lock-denied",
            !lock                          ? "candidate has edits that are not committed"
                : lock->session == session ? "this session has the lock already"
                                           : "another session has the lock");
        error.type = "protocol";
        error.info.emplace_back("session-id", std::to_string(lock ? lock->session : 0));
        throw error;
    }
    lock = Lock { session, wall::now() };
}

void Datastore::unlock(Store store, uint32_t session)
{
    const std::optional<Lock>& lock = locks_[index(store)];
    if (!lock || lock->session != session) {
        RpcError error("operation-failed",
            lock ? "session " + std::to_string(lock->session) + " has the lock"
                 : nameOf(store) + std::string(" is not locked"));
        error.type = "protocol";
        if (lock) {
            error.info.emplace_back("session-id", std::to_string(lock->session));
        }
        throw error;
    }
    letGo(store);
}

void Datastore::letGo(Store store)
{
    locks_[index(store)].reset();
    if (store == Store::Candidate) {
        discard();
    }
}

void Datastore::release(uint32_t session)
{
    for (const Store store : { Store::Running, Store::Candidate }) {
        if (lock(store) && lock(store)->session == session) {
            letGo(store);
        }
    }
}

void Datastore::mayChange(Store store, uint32_t session) const
{
    if (const auto& lock = locks_[index(store)]; lock && lock->session != session) {
        RpcError error(
            "in-use", "session " + std::to_string(lock->session) + " has locked " + nameOf(store));
        error.type = "protocol";
        throw error;
    }
}

} // namespace agent
