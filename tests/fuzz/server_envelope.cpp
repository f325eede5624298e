// An <rpc> of any text: it is understood, or refused with an rpc-error; either way a reply with its
// attributes is well-formed XML.
#include "agent/server/envelope.h"
#include "common/xml.h"
#include "yang/schemas.h"

namespace {

const xml::Events Nothing { [](std::string_view, const auto&, const xml::Place&) {},
    [](std::string_view, const xml::Place&) {}, [](std::string_view) {} };

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const yang::Context context = schemas::server();
    const std::string text(reinterpret_cast<const char*>(data), size);
    const agent::Incoming in = agent::parseRpc(context, text);
    const std::string body = in.error ? agent::errorBody(context, *in.error) : "<ok/>";
    xml::read(agent::reply(in.attributes, body), Nothing); // ends this process if it throws
    try {
        agent::parseHello(context, text);
    } catch (const std::runtime_error&) { // is none
    }
    return 0;
}
