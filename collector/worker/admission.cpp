#include "collector/worker/admission.h"

namespace collector {

Admission::~Admission()
{
    loop_.cancel(next_);
    for (const auto& [ticket, timer] : inside_) {
        loop_.cancel(timer);
    }
}

uint64_t Admission::enter(std::function<void()> go)
{
    waiting_.push_back({ ++last_, std::move(go) });
    admit();
    return last_;
}

void Admission::leave(uint64_t ticket)
{
    const auto found = inside_.find(ticket);
    if (found != inside_.end()) {
        loop_.cancel(found->second);
        inside_.erase(found);
        admit();
        return;
    }
    std::erase_if(waiting_, [&](const Waiting& one) { return one.ticket == ticket; });
}

void Admission::admit()
{
    if (next_ != 0 || waiting_.empty() || inside_.size() >= Most) {
        return;
    }
    next_ = loop_.after(std::chrono::milliseconds(0), [this] {
        next_ = 0;
        while (!waiting_.empty() && inside_.size() < Most) {
            const Waiting first = std::move(waiting_.front());
            waiting_.pop_front();
            inside_[first.ticket]
                = loop_.after(Longest, [this, ticket = first.ticket] { leave(ticket); });
            first.go();
        }
    });
}

} // namespace collector
