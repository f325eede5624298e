#include "agent/server/confirmed_commit.h"
#include "agent/server/rpc_error.h"
#include "common/text.h"

namespace agent {

ConfirmedCommit::ConfirmedCommit(loop::Loop& loop, Outlets outlets)
    : loop_(loop)
    , outlets_(std::move(outlets))
{
}

ConfirmedCommit::~ConfirmedCommit()
{
    end();
}

void ConfirmedCommit::end()
{
    if (pending_) {
        loop_.cancel(pending_->timer);
        pending_.reset();
    }
}

std::optional<uint32_t> ConfirmedCommit::ofAnother(uint32_t session) const
{
    if (!pending_ || (!pending_->persist && pending_->session == session)) {
        return std::nullopt;
    }
    return pending_->persist ? 0 : pending_->session;
}

void ConfirmedCommit::mayGoOn(uint32_t session, const std::optional<std::string>& persistId) const
{
    if (persistId && (!pending_ || pending_->persist != persistId)) {
        RpcError error("invalid-value",
            "no confirmed commit is pending with persist-id " + text::quoted(*persistId));
        error.type = "protocol";
        throw error;
    }
    if (pending_ && !persistId && (pending_->persist || pending_->session != session)) {
        RpcError error("in-use",
            pending_->persist ? "a confirmed commit is pending: its persist-id is needed"
                              : "a confirmed commit of session " + std::to_string(pending_->session)
                    + " is pending");
        error.type = "protocol";
        throw error;
    }
}

void ConfirmedCommit::begin(
    const Session& by, std::chrono::seconds timeout, std::optional<std::string> persist)
{
    const bool more = pending();
    if (more && !persist) {
        persist = pending_->persist;
    }
    end();
    const auto timer = loop_.after(timeout, [this] {
        end();
        outlets_.restore();
        outlets_.tell("timeout", nullptr, std::nullopt);
    });
    pending_ = Pending { by.id, std::move(persist), timer };
    outlets_.tell(more ? "extend" : "start", &by, timeout);
}

void ConfirmedCommit::complete(const Session& by)
{
    end();
    outlets_.tell("complete", &by, std::nullopt);
}

void ConfirmedCommit::cancel(const Session& by)
{
    end();
    outlets_.restore();
    outlets_.tell("cancel", &by, std::nullopt);
}

void ConfirmedCommit::ended(const Session& session)
{
    if (pending_ && !pending_->persist && pending_->session == session.id) {
        cancel(session);
    }
}

} // namespace agent
