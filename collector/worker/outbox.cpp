#include "collector/worker/outbox.h"
#include "collector/messages.h"
#include "common/text.h"

namespace collector {

Outbox::Outbox(loop::Loop& loop, Outlets outlets, size_t most)
    : loop_(loop)
    , outlets_(std::move(outlets))
    , most_(most)
{
}

Outbox::~Outbox()
{
    loop_.cancel(timer_);
}

void Outbox::add(nlohmann::json event, size_t size)
{
    events_.push_back(std::move(event));
    bytes_ += size + 200;
    if (flushing_) {
        return;
    }
    if (events_.size() >= MostEvents || bytes_ >= MostBytes) {
        flush();
    } else if (timer_ == 0) {
        timer_ = loop_.after(MostWait, [this] {
            timer_ = 0;
            flush();
        });
    }
}

void Outbox::flush()
{
    loop_.cancel(timer_);
    timer_ = 0;
    flushing_ = true;
    outlets_.closing();
    flushing_ = false;
    if (events_.empty()) {
        return;
    }
    std::string text = std::exchange(events_, nlohmann::json::array()).dump();
    bytes_ = 0;
    pending_[++last_] = text.size();
    pendingBytes_ += text.size();
    outlets_.send(
        { static_cast<uint16_t>(Message::Batch), { std::to_string(last_), std::move(text) }, {} });
    weigh();
}

void Outbox::durable(const std::string& batch)
{
    const auto number = text::number<uint64_t>(batch);
    const auto found = number ? pending_.find(*number) : pending_.end();
    if (found == pending_.end()) {
        throw frame::Broken("batch " + text::quoted(batch) + " was not sent");
    }
    pendingBytes_ -= found->second;
    pending_.erase(found);
    weigh();
}

void Outbox::weigh()
{
    // Half-way back before it ends, so that it does not flutter.
    const size_t limit = pressed_ ? most_ / 2 : most_;
    const bool now = pendingBytes_ > limit;
    if (now != pressed_) {
        pressed_ = now;
        outlets_.pressed(now);
    }
}

} // namespace collector
