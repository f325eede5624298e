#include "collector/worker/outbox.h"
#include "collector/messages.h"
#include "common/text.h"

#include <utility>

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

void Outbox::add(std::string_view event)
{
    if (count_++ > 0) {
        events_ += ',';
    }
    events_ += event;
    if (flushing_) {
        return;
    }
    if (count_ >= MostEvents || events_.size() >= MostBytes) {
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
    if (count_ == 0) {
        return;
    }
    std::string text = "[" + std::exchange(events_, {}) + "]";
    count_ = 0;
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
