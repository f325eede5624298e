// The IETF modules that are written in this repository: to a client they are those of the RFCs.
#include "tests/common/yang_facts.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

namespace {

const std::vector<std::string> Own = { "ietf-restconf", "ietf-yang-patch", "ietf-network-instance",
    "ietf-subscribed-notifications", "ietf-yang-push", "ietf-system-capabilities",
    "ietf-notification-capabilities", "ietf-x509-cert-to-name" };

} // namespace

// tests/yang/<module>/schema.txt was compared with what the module of the RFC gives.
TEST_CASE("each IETF module of ours has the schema of its RFC")
{
    yang::Context context(schemas::modules());
    for (const std::string& module : Own) {
        context.implement(module, { "*" });
    }
    for (const std::string& module : Own) {
        DYNAMIC_SECTION(module)
        {
            const std::filesystem::path path = SOURCE_DIR "/tests/yang/" + module + "/schema.txt";
            const std::string facts = factsOf(context, module);
            if (getenv("UPDATE")) {
                std::filesystem::create_directories(path.parent_path());
                std::ofstream(path) << facts;
            }
            CHECK(facts == slurp(path));
        }
    }
}

TEST_CASE("every embedded module stands on embedded modules alone")
{
    for (const yang::Module& module : schemas::modules()) {
        CAPTURE(module.name);
        yang::Context context(schemas::modules());
        CHECK_NOTHROW(context.implement(module.name, { "*" }));
    }
}

TEST_CASE("a server's context can have subscriptions and datastores besides")
{
    yang::Context context = schemas::server();
    context.implement("ietf-origin");
    CHECK(context.kindOf("/ietf-subscribed-notifications:subscriptions/subscription/"
                         "ietf-yang-push:periodic")
        == "container");
    CHECK(context.kindOf("/ietf-subscribed-notifications:subscriptions/subscription/transport")
        == "");
    CHECK(context.kindOf("/ietf-system-capabilities:system-capabilities/"
                         "ietf-notification-capabilities:subscription-capabilities/"
                         "on-change-supported")
        == "leaf");
    CHECK(context.topNodes("ietf-interfaces").empty());
    CHECK(context.topNodes("ietf-network-instance").empty());
    CHECK(yang::Tree::parseConfig(context, schemas::file("startup.json")));
}
