#include "agent/gate/hello.h"
#include "common/text.h"

#include <optional>
#include <vector>

namespace agent::gate {

const std::string_view FixedHello
    = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
      "<capability>urn:ietf:params:netconf:base:1.0</capability>"
      "<capability>urn:ietf:params:netconf:base:1.1</capability>"
      "</capabilities></hello>]]>]]>";

namespace {

constexpr std::string_view Namespace = "urn:ietf:params:xml:ns:netconf:base:1.0";
constexpr std::string_view White = " \t\r\n";
constexpr size_t MostDepth = 16;

[[noreturn]] void bad(const std::string& why)
{
    throw BadHello("hello: " + why);
}

struct Tag {
    enum class Kind { Start, End, Empty } kind;
    std::string name; // with its prefix
    std::string xmlns; // what it declares for that prefix
};

/// Start and end tags and text of an XML document, in order. Not a validator: what it does not
/// need (attributes but xmlns, entities) is passed over.
class Tokens {
public:
    explicit Tokens(std::string_view xml)
        : rest_(xml)
    {
    }

    /// The next tag; text in front of it is added to `text`.
    std::optional<Tag> next(std::string& text)
    {
        for (;;) {
            const size_t open = rest_.find('<');
            text += rest_.substr(0, open);
            if (open == rest_.npos) {
                rest_ = {};
                return std::nullopt;
            }
            rest_.remove_prefix(open);
            if (rest_.starts_with("<!--")) {
                upTo("-->");
            } else if (rest_.starts_with("<?")) {
                upTo("?>");
            } else if (rest_.starts_with("<![CDATA[")) {
                const std::string_view all = upTo("]]>");
                text += all.substr(9, all.size() - 12);
            } else if (rest_.starts_with("<!")) {
                bad("a document type is not accepted"); // RFC 6241, section 3
            } else {
                return tag();
            }
        }
    }

private:
    std::string_view upTo(std::string_view end)
    {
        const size_t at = rest_.find(end);
        if (at == rest_.npos) {
            bad("cut short at " + text::quoted(rest_, 40));
        }
        const std::string_view all = rest_.substr(0, at + end.size());
        rest_.remove_prefix(all.size());
        return all;
    }

    Tag tag()
    {
        const std::string_view whole = tagText();
        std::string_view in = whole.substr(1, whole.size() - 2);
        Tag tag { Tag::Kind::Start, {}, {} };
        if (in.starts_with('/')) {
            tag.kind = Tag::Kind::End;
            in.remove_prefix(1);
        } else if (in.ends_with('/')) {
            tag.kind = Tag::Kind::Empty;
            in.remove_suffix(1);
        }
        tag.name = in.substr(0, in.find_first_of(White));
        if (tag.name.empty()) {
            bad("a tag without name: " + text::quoted(whole, 40));
        }
        const size_t colon = tag.name.find(':');
        const std::string declares
            = colon == std::string::npos ? "xmlns" : "xmlns:" + tag.name.substr(0, colon);
        in.remove_prefix(tag.name.size());
        tag.xmlns = attribute(in, declares);
        return tag;
    }

    /// From '<' to the '>' that is not inside a quoted value.
    std::string_view tagText()
    {
        char quote = 0;
        for (size_t i = 1; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (quote != 0) {
                quote = c == quote ? '\0' : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                const std::string_view whole = rest_.substr(0, i + 1);
                rest_.remove_prefix(i + 1);
                return whole;
            }
        }
        bad("cut short at " + text::quoted(rest_, 40));
    }

    static std::string attribute(std::string_view in, std::string_view wanted)
    {
        std::string found;
        while (!(in = text::trim(in)).empty()) {
            const size_t equal = in.find('=');
            const std::string_view name = text::trim(in.substr(0, equal));
            const std::string_view value
                = equal == in.npos ? std::string_view() : text::trim(in.substr(equal + 1));
            const size_t end = value.empty() ? value.npos : value.find(value[0], 1);
            if (end == value.npos || (value[0] != '"' && value[0] != '\'')) {
                bad("an attribute without value: " + text::quoted(in, 40));
            }
            if (name == wanted) {
                found = value.substr(1, end - 1);
            }
            in = value.substr(end + 1);
        }
        return found;
    }

    std::string_view rest_;
};

std::string_view local(std::string_view name)
{
    return name.substr(name.find(':') + 1);
}

} // namespace

Hello Hello::parse(std::string_view xml)
{
    Hello hello;
    Tokens tokens(xml);
    std::vector<std::string> open;
    std::string text;
    bool ended = false;
    while (const auto tag = tokens.next(text)) {
        if (ended || (open.empty() && !text::trim(text).empty() && text != "\xef\xbb\xbf")) {
            bad("there is more than one element");
        }
        const bool capability = open.size() == 3 && local(open[2]) == "capability"
            && local(open[1]) == "capabilities";
        if (tag->kind != Tag::Kind::End) {
            if (open.empty() && (local(tag->name) != "hello" || tag->xmlns != Namespace)) {
                bad("it begins with " + text::quoted(tag->name, 40));
            }
            if (open.size() == 1 && local(tag->name) == "session-id") {
                bad("a client's has no session-id"); // RFC 6241, section 8.1
            }
            if (open.size() == MostDepth) {
                bad("it is nested too deep");
            }
            open.push_back(tag->name);
        } else {
            if (open.empty() || open.back() != tag->name) {
                bad("end of " + text::quoted(tag->name, 40) + " without its begin");
            }
            const std::string_view value = text::trim(text);
            hello.base10 |= capability && value == "urn:ietf:params:netconf:base:1.0";
            hello.base11 |= capability && value == "urn:ietf:params:netconf:base:1.1";
        }
        if (tag->kind != Tag::Kind::Start) {
            open.pop_back();
            ended = open.empty();
        }
        text.clear();
    }
    if (!ended || !text::trim(text).empty()) {
        bad(ended ? "text behind it" : "it does not end");
    }
    return hello;
}

} // namespace agent::gate
