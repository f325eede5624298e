// The datastores of RFC 6241: running, a valid configuration that is in a file of the state folder
// before a change of it is acknowledged (RFC 7951); candidate, which is not stored; their locks;
// and what running is to become again if a commit is not confirmed.
#pragma once

#include "agent/server/edit.h"
#include "common/clock.h"
#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

enum class Store { Running, Candidate };
const char* nameOf(Store store);

class Datastore {
public:
    /// Reads what is kept of a commit that was never confirmed, else running.json of `folder`; if
    /// that is damaged, the copy before the last change; else the startup data: those that are
    /// embedded, with `startup` (RFC 7951 text) merged in. A damaged file is kept as
    /// running.json.broken. None of it opens access: what the last resort permits is what the
    /// operator's startup file says. Throws yang::Error if that is not valid.
    Datastore(const yang::Context& context, std::string folder, const std::string& startup);

    const yang::Tree& running() const { return running_; }
    /// Running, with edits that are not committed yet.
    const yang::Tree& candidate() const { return candidate_ ? candidate_ : running_; }
    const yang::Tree& of(Store store) const;
    /// Whether candidate has edits.
    bool edited() const { return static_cast<bool>(candidate_); }

    /// Makes `next` valid with its defaults. Throws RpcError.
    void validate(yang::Tree& next) const;
    /// Stores and then takes over what validate() has passed. Throws RpcError: then nothing has
    /// changed, in the file neither.
    void commit(yang::Tree next);
    /// Takes over edits of candidate, valid or not (RFC 7950, 8.3.3).
    void editCandidate(yang::Tree next);
    /// Candidate is running again.
    void discard();

    /// Keeps running as it is now, in a file too, so that restore() can bring it back. Throws
    /// RpcError.
    void keep();
    /// What is kept; empty if nothing is.
    const yang::Tree& kept() const { return kept_; }
    /// Forgets it, in the file first. Throws RpcError: then it is still kept.
    void forget();
    /// The same when running is still what is kept, so that its file can wait.
    void keepNoMore();
    /// Running becomes what was kept. If that cannot be stored it is in force all the same, and the
    /// next start will store it.
    void restore();

    struct Lock {
        uint32_t session;
        std::string since;
    };
    const std::optional<Lock>& lock(Store store) const { return locks_[index(store)]; }
    /// Throws RpcError.
    void lock(Store store, uint32_t session);
    /// Edits of candidate are discarded with its lock (RFC 6241, 8.3.5.2). Throws RpcError.
    void unlock(Store store, uint32_t session);
    /// At the end of a session.
    void release(uint32_t session);
    /// Throws RpcError if another session has the lock.
    void mayChange(Store store, uint32_t session) const;

private:
    static size_t index(Store store) { return static_cast<size_t>(store); }
    struct Loaded {
        bool there = false;
        std::optional<yang::Tree> tree {};
    };
    Loaded load(const char* name) const;
    bool loadKept();
    void removeKept();
    std::string path(const char* name) const { return folder_ + "/" + name; }
    void letGo(Store store);

    const yang::Context& context_;
    std::string folder_;
    yang::Tree running_;
    yang::Tree candidate_; // empty without edits
    yang::Tree kept_;
    bool stale_ = false; // its file is still there, though no commit is to be confirmed
    std::optional<Lock> locks_[2];
};

} // namespace agent
