#include "collector/worker/chain.h"

#include <algorithm>
#include <utility>

namespace collector {

Chain::Taken Chain::offer(Report report)
{
    const Place place = report.place;
    if (std::ranges::find(past_, place.epoch) != past_.end()) {
        return Taken::Twice;
    }
    if (!last_) { // the first contact: what came before it was never ours
        last_ = Place { place.epoch, place.sequence == 0 ? 0 : place.sequence - 1 };
    } else if (place.epoch != last_->epoch) {
        beginEpoch(place.epoch);
    }
    if (place.sequence <= last_->sequence || held_.contains(place.sequence)) {
        return Taken::Twice;
    }
    if (place.sequence == last_->sequence + 1) {
        accept(std::move(report));
        drain();
        return Taken::Next;
    }
    heldBytes_ += report.size;
    held_.emplace(place.sequence, std::move(report));
    if (held_.size() > MostHeld || heldBytes_ > MostHeldBytes) {
        giveUp();
    }
    return Taken::Held;
}

void Chain::beginEpoch(const std::string& epoch)
{
    while (!held_.empty()) { // of the old epoch nothing more will come
        giveUp();
    }
    past_.push_back(last_->epoch);
    if (past_.size() > MostPastEpochs) {
        past_.pop_front();
    }
    last_ = Place { epoch, 0 };
    fresh_ = true;
}

void Chain::accept(Report report)
{
    last_ = report.place;
    ready_.push_back({ std::move(report), std::exchange(fresh_, false) });
}

void Chain::drain()
{
    while (!held_.empty() && held_.begin()->first == last_->sequence + 1) {
        auto node = held_.extract(held_.begin());
        heldBytes_ -= node.mapped().size;
        accept(std::move(node.mapped()));
    }
}

std::optional<Chain::Item> Chain::next()
{
    if (ready_.empty()) {
        return std::nullopt;
    }
    Item item = std::move(ready_.front());
    ready_.pop_front();
    return item;
}

std::optional<Gap> Chain::missing() const
{
    if (held_.empty()) {
        return std::nullopt;
    }
    return Gap { last_->epoch, last_->sequence + 1, held_.begin()->first - 1 };
}

void Chain::giveUp()
{
    if (const auto gap = missing()) {
        lost_.push_back(*gap);
        last_->sequence = gap->to;
        drain();
    }
}

std::optional<Gap> Chain::lost()
{
    if (lost_.empty()) {
        return std::nullopt;
    }
    Gap gap = std::move(lost_.front());
    lost_.pop_front();
    return gap;
}

} // namespace collector
