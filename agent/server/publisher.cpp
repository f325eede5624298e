#include "agent/server/publisher.h"
#include "agent/server/envelope.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"

#include <system_error>

namespace agent {

namespace {

/// The <notification> element with an inventory, which stands last, put in as text.
std::string withInventory(
    const std::string& time, const yang::Tree& tree, const std::string& elements)
{
    std::string message = notification(time, tree);
    const size_t envelope = message.rfind("</");
    const size_t body = message.rfind("</", envelope - 1);
    return message.insert(body, "<inventory>" + elements + "</inventory>");
}

} // namespace

Publisher::Publisher(
    const yang::Context& context, ReportLog& log, std::function<void(const Notification&)> publish)
    : context_(context)
    , log_(log)
    , publish_(std::move(publish))
{
    header_.epoch = digest::uuid();
}

void Publisher::describe(std::string nodeId, std::string configDigest)
{
    header_.nodeId = std::move(nodeId);
    header_.configDigest = std::move(configDigest);
}

yang::Tree Publisher::begin(const std::string& name)
{
    yang::Tree tree;
    const yang::Node top = tree.at(context_, "/femto-security:" + name);
    top.leaf("node-id", header_.nodeId);
    top.leaf("epoch", header_.epoch);
    top.leaf("sequence-number", header_.sequence + 1);
    top.leaf("collection-config-digest", header_.configDigest);
    return tree;
}

Reporter::Header Publisher::publish(yang::Tree notification, const std::string& inventory)
{
    ++header_.sequence;
    Reporter::Header own = header_; // passing it on may publish again
    const std::string time = wall::now();
    auto event = inventory.empty()
        ? std::make_shared<const Event>(std::move(notification), time)
        : std::make_shared<const Event>(context_, withInventory(time, notification, inventory));
    const Notification report(time, std::move(event), own.epoch, own.sequence);
    keep(report);
    publish_(report);
    return own;
}

void Publisher::keep(const Notification& report)
{
    try { // boundary: a report goes out, kept or not
        log_.append(report);
        if (failing_) {
            logging::notice("report log: reports are kept again, from number "
                + std::to_string(report.sequence));
        }
        failing_ = false;
    } catch (const std::exception& error) {
        ++dropped_;
        if (!failing_) {
            logging::error("report log: " + std::string(error.what()) + ": from number "
                + std::to_string(report.sequence)
                + " on, reports are sent but not kept for replay");
        }
        failing_ = true;
    }
}

} // namespace agent
