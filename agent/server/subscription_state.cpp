#include "agent/server/subscription_state.h"
#include "agent/server/core.h"

namespace agent {

namespace {

const std::string Base = "/ietf-subscribed-notifications:";

/// Puts leafs below one place.
class Place {
public:
    Place(yang::Tree& tree, const yang::Context& context, std::string path)
        : tree_(tree)
        , context_(context)
        , path_(std::move(path))
    {
    }
    void put(const std::string& below, const std::string& value) const
    {
        tree_.at(context_, path_ + "/" + below, value.c_str());
    }

private:
    yang::Tree& tree_;
    const yang::Context& context_;
    std::string path_;
};

void putCommon(const Place& place, const std::optional<wall::Time>& stop)
{
    if (stop) {
        place.put("stop-time", wall::dateAndTime(*stop));
    }
    place.put("encoding", "ietf-subscribed-notifications:encode-xml");
}

void describe(const Place& place, const Subscriptions::Row& row)
{
    place.put("stream", row.stream);
    if (!row.reference.empty()) {
        place.put("stream-filter-name", row.reference);
    }
    putCommon(place, row.stop);
}

void describe(const Place& place, const PushRequest& request)
{
    const std::string yp = "ietf-yang-push:";
    place.put(yp + "datastore", request.datastore);
    if (!request.reference.empty()) {
        place.put(yp + "selection-filter-ref", request.reference);
    }
    if (request.period) {
        place.put(yp + "periodic/period", std::to_string(request.period->count()));
        if (request.anchor) {
            place.put(yp + "periodic/anchor-time", wall::dateAndTime(*request.anchor));
        }
    } else {
        place.put(yp + "on-change/dampening-period", std::to_string(request.dampening.count()));
        place.put(yp + "on-change/sync-on-start", request.syncOnStart ? "true" : "false");
        for (const std::string& kind : request.excluded) {
            place.put(yp + "on-change/excluded-change", kind);
        }
    }
    putCommon(place, request.stop);
}

void describeReceiver(const Place& place, uint32_t session, uint64_t sent, uint64_t excluded)
{
    const std::string receiver
        = "receivers/receiver[name='session-" + std::to_string(session) + "']/";
    place.put(receiver + "sent-event-records", std::to_string(sent));
    place.put(receiver + "excluded-event-records", std::to_string(excluded));
    place.put(receiver + "state", "active");
}

std::string entryPath(uint32_t id)
{
    return Base + "subscriptions/subscription[id='" + std::to_string(id) + "']";
}

} // namespace

yang::Tree subscriptionState(const Core& core)
{
    yang::Tree tree;
    const auto stream = [&](const std::string& name, const char* description) {
        const Place place(tree, core.context, Base + "streams/stream[name='" + name + "']");
        place.put("description", description);
        place.put("replay-support", "");
        place.put("replay-log-creation-time", wall::dateAndTime(core.log.created()));
    };
    stream("NETCONF", "All notifications; those of femto-security are logged for replay.");
    stream("femto-security", "Reports of the security configuration collection.");
    for (const Subscriptions::Row& row : core.subscriptions.rows()) {
        const Place place(tree, core.context, entryPath(row.id));
        describe(place, row);
        describeReceiver(place, row.session, row.sent, row.excluded);
    }
    for (const Push::Row& row : core.push.rows()) {
        const Place place(tree, core.context, entryPath(row.id));
        describe(place, *row.request);
        describeReceiver(place, row.session, row.sent, 0);
    }
    return tree;
}

yang::Tree subscriptionModified(const Core& core, uint32_t id)
{
    yang::Tree tree;
    const Place place(tree, core.context, Base + "subscription-modified");
    place.put("id", std::to_string(id));
    for (const Subscriptions::Row& row : core.subscriptions.rows()) {
        if (row.id == id) {
            describe(place, row);
        }
    }
    for (const Push::Row& row : core.push.rows()) {
        if (row.id == id) {
            describe(place, *row.request);
        }
    }
    return tree;
}

} // namespace agent
