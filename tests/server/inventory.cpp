// <get> of the inventory, which is answered as text where it can be: the same as through a tree.
#include "tests/server/peer.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace {

const std::string Fs = "xmlns=\"urn:femtowatch:yang:femto-security\"";
const std::string Fst = "xmlns:t=\"urn:femtowatch:yang:femto-security-types\"";

void fill(Node& node)
{
    collected(node, "user-permissions",
        R"("user":[{"name":"a","uid":0,"shell":"/bin/sh"},{"name":"<b>&\"c'","uid":7},)"
        R"({"name":"d","uid":7,"group":["g","h"],"origin":"files"}],)"
        R"("group":[{"name":"g","gid":1},{"name":"a","gid":2}])");
    collected(node, "open-ports",
        R"("port":[{"network-namespace":"default","protocol":"femto-security-types:tcp",)"
        R"("local-address":"::","local-port":22,"owner":[{"executable":"/sbin/x","user":"root"}]},)"
        R"({"network-namespace":"default","protocol":"femto-security-types:udp",)"
        R"("local-address":"0.0.0.0","local-port":7}])");
    collected(node, "software-integrity",
        R"("secure-boot":"off","component":[{"name":"/a"},{"name":"/b","version":"1"}])");
}

std::string ask(Peer& peer, const std::string& filter, const std::string& mode)
{
    return peer.call("<get>" + filter
        + "<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">" + mode
        + "</with-defaults></get>");
}

std::string subtree(const std::string& inventory, const std::string& beside = {})
{
    return "<filter type=\"subtree\"><femto-security " + Fs + " " + Fst + ">" + beside
        + "<inventory>" + inventory + "</inventory></femto-security></filter>";
}

std::string xpath(const std::string& select)
{
    return "<filter type=\"xpath\" select=\"/f:femto-security" + select
        + "\" xmlns:f=\"urn:"
          "femtowatch:yang:femto-security\" "
        + Fst + "/>";
}

std::string users(const std::string& inner)
{
    return subtree("<user-permissions>" + inner + "</user-permissions>");
}

/// The inventory of a reply, whatever the order of its lists.
std::string inventoryOf(const std::string& reply)
{
    const size_t from = reply.find("<femto-security ");
    const size_t to = reply.find("</femto-security>");
    if (from == reply.npos || to == reply.npos) {
        return "";
    }
    const yang::Tree tree = yang::Tree::parse(
        serverContext(), reply.substr(from, to + 17 - from), yang::Format::Xml, false);
    const auto found = tree.root().child("inventory");
    return found ? found->canonical() : "";
}

/// `entries` is how many list entries of users, groups, ports and files are to be found.
struct Case {
    std::string filter;
    int entries;
};

std::vector<Case> cases()
{
    return { { "", 9 }, { subtree(""), 9 }, { subtree("<user-permissions/>"), 5 },
        { users("<user/>"), 3 }, { users("<user/><group/>"), 5 }, { users("<group/>"), 2 },
        { users("<user><name>d</name></user>"), 1 }, { users("<user><uid>7</uid></user>"), 2 },
        { users("<user><uid>07</uid><name/></user>"), 2 },
        { users("<user><name>&lt;b&gt;&amp;\"c'</name></user>"), 1 },
        { users("<user><uid>abc</uid><name/></user>"), 0 },
        { subtree("<open-ports><port><protocol>t:nosuch</protocol><local-port/></port>"
                  "</open-ports>"),
            0 },
        { users("<user><name/></user>"), 3 }, { users("<user><name>x</name></user>"), 0 },
        { users("<user><name>d</name></user><group/>"), 3 },
        { users("<user><name>d</name></user><user/>"), 3 },
        { users("<user><group>h</group><name/></user>"), 1 }, { users("<setuid-file/>"), 0 },
        { users("<user xmlns=\"urn:other\"/>"), 0 },
        { subtree("<user-permissions/><open-ports/>"), 7 },
        { subtree("<open-ports><port><protocol>t:udp</protocol></port></open-ports>"), 1 },
        { subtree("<open-ports><port><owner/></port></open-ports>"), 1 },
        { subtree("<software-integrity><secure-boot>off</secure-boot><component/>"
                  "</software-integrity>"),
            2 },
        { subtree("<software-integrity><secure-boot>on</secure-boot></software-integrity>"), 0 },
        { subtree("<software-integrity><secure-boot/></software-integrity>"), 0 },
        { subtree("<user-permissions><user><name>a</name></user></user-permissions>"
                  "<user-permissions><group/></user-permissions>",
              "<status/>"),
            3 },
        { "<filter type=\"subtree\"><femto-security " + Fs + "/></filter>", 9 },
        { "<filter type=\"subtree\"><femto-security " + Fs + "><status/></femto-security></filter>",
            0 },
        { xpath(""), 9 }, { xpath("/f:inventory"), 9 }, { xpath("/f:status"), 0 },
        { xpath("/f:inventory/f:user-permissions"), 5 },
        { xpath("/f:inventory/f:user-permissions/f:user[f:uid='7']"), 2 },
        { xpath("/f:inventory/f:user-permissions/f:group[f:name=../f:user/f:name]"), 1 },
        { xpath("//f:user"), 4 }, { xpath("/*/f:open-ports"), 2 },
        { xpath("/f:inventory/f:open-ports | /f:femto-security/f:inventory/f:software-integrity"),
            4 },
        { xpath("[f:inventory/f:open-ports/f:port]/f:status"), 0 } };
}

int entriesIn(std::string reply)
{
    int out = 0;
    reply.erase(0, reply.find("<inventory>"));
    reply.resize(std::min(reply.find("</inventory>"), reply.size()));
    for (const char* const mark : { "<user><name", "<group><name", "<port>", "<component>" }) {
        for (size_t at = reply.find(mark); at != reply.npos; at = reply.find(mark, at + 1)) {
            ++out;
        }
    }
    return out;
}

} // namespace

TEST_CASE("what is answered as text is what a tree would have given")
{
    Node node;
    fill(node);
    for (const std::string user : { "sec", "eng" }) {
        Peer peer(node, user);
        for (const Case& one : cases()) {
            INFO(user << ": " << one.filter);
            const std::string text = ask(peer, one.filter, "explicit");
            CHECK(entriesIn(text) == (user == "sec" ? one.entries : entriesIn(text)));
            CHECK(inventoryOf(text) == inventoryOf(ask(peer, one.filter, "report-all")));
        }
    }
}

TEST_CASE("access to single entries of the inventory holds for text and tree")
{
    Node node(
        R"({"ietf-netconf-acm:nacm":{"groups":{"group":[{"name":"one","user-name":["tim"]}]},)"
        R"("rule-list":[{"name":"one","group":["one"],"rule":[)"
        R"({"name":"get","module-name":"*","rpc-name":"*","access-operations":"exec",)"
        R"("action":"permit"},{"name":"self","module-name":"femto-security","path":)"
        R"("/femto-security:femto-security/inventory/user-permissions/user[name='d']",)"
        R"("access-operations":"read","action":"permit"},)"
        R"({"name":"files","module-name":"femto-security","path":)"
        R"("/femto-security:femto-security/inventory/software-integrity",)"
        R"("access-operations":"read","action":"permit"}]}]}})");
    fill(node);
    Peer peer(node, "tim");
    for (const Case& one : cases()) {
        INFO(one.filter);
        const std::string text = ask(peer, one.filter, "explicit");
        CHECK(text.find("<name>a</name>") == text.npos);
        CHECK(text.find("<port>") == text.npos);
        CHECK(inventoryOf(text) == inventoryOf(ask(peer, one.filter, "report-all")));
    }
    CHECK(entriesIn(ask(peer, subtree(""), "explicit")) == 3);
    CHECK(ask(peer, users("<user><name>d</name></user>"), "explicit")
        == "<data><femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><inventory>"
           "<user-permissions><user><name>d</name><uid>7</uid><group>g</group><group>h</group>"
           "<origin>files</origin></user></user-permissions></inventory></femto-security></data>");
}
