#include "agent/server/envelope.h"
#include "agent/server/instance_path.h"
#include "agent/server/message_bounds.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>

namespace agent {

namespace {

constexpr const char* Base = "urn:ietf:params:xml:ns:netconf:base:1.0";

struct Said {
    LY_VECODE code = LYVE_SUCCESS;
    std::string message;
    std::string path;
    std::string appTag;
};

/// The text between the n-th pair of double quotes.
std::string inQuotes(const std::string& message, size_t n = 0)
{
    size_t from = message.find('"');
    for (size_t i = 0; i < 2 * n && from != message.npos; ++i) {
        from = message.find('"', from + 1);
    }
    const size_t to = from == message.npos ? from : message.find('"', from + 1);
    return to == message.npos ? "" : message.substr(from + 1, to - from - 1);
}

/// libyang writes: Schema location "/x", data location "/y", line number 1.
std::string location(const std::string& where, std::string_view mark)
{
    const size_t at = where.find(mark);
    if (at == where.npos) {
        return "";
    }
    const size_t from = at + mark.size();
    for (const char* const end : { "\", data", "\", line", "\"." }) {
        const size_t to = where.find(end, from);
        if (to != where.npos) {
            return where.substr(from, to - from);
        }
    }
    return "";
}

Said lastSaid(const ly_ctx* ctx)
{
    const ly_err_item* const first = ly_err_first(ctx);
    const ly_err_item* const last = first ? first->prev : nullptr;
    if (!last) {
        return { LYVE_OTHER, "not understood", "", "" };
    }
    const std::string where = yang::placeOf(*last);
    Said said { last->vecode, last->msg ? last->msg : "", location(where, "ata location \""),
        last->apptag ? last->apptag : "" };
    const std::string schema = location(where, "Schema location \"");
    if (said.path.empty() && !schema.empty()) {
        said.message += " (" + schema + ")"; // of something missing, that has no instance
    }
    return said;
}

bool begins(const std::string& text, std::string_view with)
{
    return text.compare(0, with.size(), with) == 0;
}

/// Name of the element in which a namespace is declared, without its prefix.
std::string elementOf(const std::string& xml, const std::string& ns)
{
    size_t at = xml.find("\"" + ns + "\"");
    at = at == xml.npos ? xml.find("'" + ns + "'") : at;
    const size_t open = at == xml.npos ? at : xml.rfind('<', at);
    if (open == xml.npos) {
        return "";
    }
    const size_t end = xml.find_first_of(" \t\r\n/>", open);
    const std::string name = xml.substr(open + 1, end - open - 1);
    return name.substr(name.find(':') + 1);
}

RpcError rpcError(const ly_ctx* ctx, const std::string& xml, bool envelope)
{
    const Said said = lastSaid(ctx);
    const auto error = [&](const char* tag, const char* type) {
        RpcError out(tag, said.message, {}, said.appTag);
        out.type = type;
        return out;
    };
    if (begins(said.message, "Node \"") || begins(said.message, "Unexpected child element")) {
        const bool operation = said.message.find(" in the \"") != said.message.npos;
        RpcError out = error(operation ? "operation-not-supported" : "unknown-element", "protocol");
        if (!operation) {
            out.info.emplace_back("bad-element", inQuotes(said.message));
        }
        return out;
    }
    if (begins(said.message, "No module with namespace")) {
        RpcError out = error("unknown-namespace", "protocol");
        out.info.emplace_back("bad-element", elementOf(xml, inQuotes(said.message)));
        out.info.emplace_back("bad-namespace", inQuotes(said.message));
        return out;
    }
    if (begins(said.message, "Mandatory")) {
        RpcError out = error("missing-element", "protocol");
        out.info.emplace_back("bad-element", inQuotes(said.message));
        return out;
    }
    if (begins(said.message, "Missing the operation node")) {
        RpcError out = error("missing-element", "rpc");
        out.info.emplace_back("bad-element", "rpc");
        return out;
    }
    if (!envelope || said.code == LYVE_SYNTAX || said.code == LYVE_SYNTAX_XML) {
        return error("malformed-message", "rpc");
    }
    if (said.appTag == "instance-required") { // RFC 7950, 15.5
        return error("data-missing", "application");
    }
    return error("invalid-value", "protocol");
}

std::string attributesOf(const lyd_node* envelope, bool& hasId)
{
    std::string out;
    int unnamed = 0;
    const auto* opaque = reinterpret_cast<const lyd_node_opaq*>(envelope);
    for (const lyd_attr* attr = opaque->attr; attr; attr = attr->next) {
        std::string name = attr->name.name;
        if (attr->name.module_ns) {
            const std::string prefix
                = attr->name.prefix ? attr->name.prefix : "a" + std::to_string(++unnamed);
            const std::string declared
                = " xmlns:" + prefix + "=\"" + escaped(attr->name.module_ns) + "\"";
            if (out.find(declared) == out.npos) {
                out += declared;
            }
            name = prefix + ":" + name;
        } else if (name == "message-id") {
            hasId = true;
        }
        out += " " + name + "=\"" + escaped(attr->value) + "\"";
    }
    return out;
}

std::string tag(const char* name, const std::string& value)
{
    return "<" + std::string(name) + ">" + escaped(value) + "</" + name + ">";
}

} // namespace

std::string escaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

/// Whether a request has references into the configuration.
static bool refers(const lyd_node* rpc)
{
    return strcmp(rpc->schema->module->name, "ietf-subscribed-notifications") == 0;
}

Incoming parseRpc(const yang::Context& context, const std::string& text, const lyd_node* running)
{
    Incoming out;
    if (auto refused = outOfBounds(text)) {
        out.attributes = std::move(refused->attributes);
        out.error = std::move(refused->error);
        return out;
    }
    ly_in* in = nullptr;
    yang::check(ly_in_new_memory(text.c_str(), &in), context.raw(), "message");
    lyd_node* envelope = nullptr;
    lyd_node* rpc = nullptr;
    const LY_ERR rc
        = lyd_parse_op(context.raw(), nullptr, in, LYD_XML, LYD_TYPE_RPC_NETCONF, &envelope, &rpc);
    ly_in_free(in, 0);
    const yang::Tree outer(envelope);
    out.rpc = yang::Tree(rpc);
    bool hasId = false;
    if (envelope) {
        out.attributes = attributesOf(envelope, hasId);
    }
    if (rc != LY_SUCCESS) {
        out.error = rpcError(context.raw(), text, envelope != nullptr);
    } else if (!hasId) {
        RpcError error("missing-attribute", "an rpc must have a message-id");
        error.type = "rpc";
        error.info = { { "bad-attribute", "message-id" }, { "bad-element", "rpc" } };
        out.error = error;
    } else if (lyd_validate_op(rpc, refers(rpc) ? running : nullptr, LYD_TYPE_RPC_YANG, nullptr)
        != LY_SUCCESS) {
        out.error = rpcError(context.raw(), text, true);
    }
    return out;
}

std::vector<std::string> parseHello(const yang::Context& context, const std::string& text)
{
    lyd_node* root = nullptr;
    const LY_ERR rc = lyd_parse_data_mem(
        context.raw(), text.c_str(), LYD_XML, LYD_PARSE_OPAQ | LYD_PARSE_ONLY, 0, &root);
    const yang::Tree tree(root);
    const auto* opaque = reinterpret_cast<const lyd_node_opaq*>(root);
    if (rc != LY_SUCCESS || !root || root->schema || root->next
        || strcmp(opaque->name.name, "hello") != 0 || !opaque->name.module_ns
        || strcmp(opaque->name.module_ns, Base) != 0) {
        throw std::runtime_error("hello is " + text::quoted(text));
    }
    std::vector<std::string> capabilities;
    for (const yang::Node& child : tree.root().children()) {
        if (child.name() == "session-id") {
            throw std::runtime_error("hello of a client has a session-id");
        }
        for (const yang::Node& capability : child.children("capability")) {
            capabilities.emplace_back(text::trim(capability.value()));
        }
    }
    return capabilities;
}

std::string hello(const std::vector<std::string>& capabilities, uint32_t session)
{
    std::string out = "<hello xmlns=\"" + std::string(Base) + "\"><capabilities>";
    for (const std::string& capability : capabilities) {
        out += tag("capability", capability);
    }
    return out + "</capabilities>" + tag("session-id", std::to_string(session)) + "</hello>";
}

std::string reply(const std::string& attributes, const std::string& body)
{
    std::string out;
    out.reserve(attributes.size() + body.size() + 96);
    out += "<rpc-reply xmlns=\"";
    out += Base;
    out += '"';
    out += attributes;
    out += '>';
    out += body;
    return out += "</rpc-reply>";
}

std::string errorBody(const yang::Context& context, const RpcError& error)
{
    std::string out = "<rpc-error>" + tag("error-type", error.type) + tag("error-tag", error.tag)
        + "<error-severity>error</error-severity>";
    if (!error.appTag.empty()) {
        out += tag("error-app-tag", error.appTag);
    }
    if (!error.path.empty()) {
        const XmlPath path = xmlPath(context.raw(), error.path);
        out += "<error-path" + path.declarations + ">" + escaped(path.text) + "</error-path>";
    }
    out += "<error-message xml:lang=\"en\">" + escaped(text::legible(error.what()))
        + "</error-message>";
    if (!error.info.empty() || !error.infoXml.empty()) {
        out += "<error-info>" + error.infoXml;
        for (const auto& [name, value] : error.info) {
            out += tag(name.c_str(), value);
        }
        out += "</error-info>";
    }
    return out + "</rpc-error>";
}

std::string notification(const std::string& time, const yang::Tree& tree)
{
    char* printed = nullptr;
    yang::check(lyd_print_mem(&printed, tree.raw(), LYD_XML, LYD_PRINT_SHRINK), nullptr, "print");
    const yang::Text text(printed);
    return "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        + tag("eventTime", time) + (text ? text.get() : "") + "</notification>";
}

RpcError validationError(const yang::Context& context)
{
    const Said said = lastSaid(context.raw());
    const char* tag = "operation-failed";
    if (said.appTag == "instance-required" || said.appTag == "missing-choice"
        || begins(said.message, "Mandatory")) {
        tag = "data-missing"; // RFC 7950, 15.5 to 15.7
    } else if (begins(said.message, "When condition")) {
        tag = "unknown-element"; // 8.3.1
    }
    RpcError error(tag, said.message, said.path, said.appTag);
    if (begins(said.message, "When condition")) {
        error.info.emplace_back("bad-element", said.path.substr(said.path.find_last_of(":/") + 1));
    }
    return error;
}

} // namespace agent
