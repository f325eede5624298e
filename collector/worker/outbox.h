// Events on their way to the coordinator: gathered into batches, kept until they are durable.
#pragma once

#include "common/frame.h"
#include "common/loop.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace collector {

class Outbox {
public:
    static constexpr size_t MostEvents = 1000; // of a batch
    static constexpr size_t MostBytes = 4u << 20; // of a batch, or one event
    static constexpr std::chrono::milliseconds MostWait { 20 };
    static constexpr size_t MostPending = 32u << 20; // bytes not yet durable; beyond: back-pressure

    struct Outlets {
        std::function<void(frame::Message)> send;
        std::function<void(bool)> pressed; // nodes are (not any more) to be left unread
        /// Called when a batch is made up, for what is sent once for many changes.
        std::function<void()> closing;
    };

    /// `most`: bytes that may wait to be durable.
    Outbox(loop::Loop& loop, Outlets outlets, size_t most = MostPending);
    ~Outbox();

    /// An event as JSON text.
    void add(std::string_view event);
    /// Sends what has been gathered.
    void flush();
    void durable(const std::string& batch);
    bool pressed() const { return pressed_; }

private:
    void weigh();

    loop::Loop& loop_;
    Outlets outlets_;
    std::string events_; // of the batch, with commas between them
    size_t count_ = 0;
    uint64_t last_ = 0;
    std::map<uint64_t, size_t> pending_; // batches that are not durable, and their sizes
    size_t pendingBytes_ = 0;
    size_t most_;
    bool pressed_ = false;
    bool flushing_ = false;
    loop::Loop::TimerId timer_ = 0;
};

} // namespace collector
