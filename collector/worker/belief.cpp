#include "collector/worker/belief.h"
#include "common/log.h"
#include "common/patch.h"
#include "common/text.h"

namespace collector {

namespace {

constexpr const char* Top = "/femto-security:femto-security";

std::string typeOf(yang::Node row)
{
    return row.valueOr("type", "");
}

uint64_t generationOf(yang::Node row)
{
    return text::number<uint64_t>(row.valueOr("generation", "0")).value_or(0);
}

} // namespace

Belief::Belief(const yang::Context& context)
    : context_(context)
{
    tree_.at(context_, std::string(Top) + "/status");
    status();
    root().container("inventory");
}

yang::Node Belief::status() const
{
    return root().container("status");
}

void Belief::load(const std::string& json, const std::string& epoch)
{
    epoch_ = epoch;
    if (json.empty()) {
        return;
    }
    yang::Tree stored = yang::Tree::parse(context_, json, yang::Format::Json, false);
    if (!stored || stored.root().name() != "femto-security") {
        throw yang::Error("the state is not that of femto-security");
    }
    tree_.merge(stored);
    for (const yang::Node& row : status().children("category")) {
        known_[typeOf(row)] = { generationOf(row), row.valueOr("digest", ""), true };
    }
}

void Belief::beginEpoch(const std::string& epoch)
{
    epoch_ = epoch;
    for (auto& [category, known] : known_) {
        known.sure = false;
    }
}

void Belief::putStatus(yang::Node row)
{
    const std::string type = typeOf(row);
    if (const auto former = status().instance("category", std::vector { type })) {
        former->remove();
    }
    status().entry("category", type).fill(row);
}

/// Of what verdicts depend on: times and counts change without meaning.
bool Belief::statusDiffers(yang::Node row) const
{
    const auto former = status().instance("category", std::vector { typeOf(row) });
    return !former || former->value("status") != row.value("status")
        || former->values("reason") != row.values("reason")
        || former->value("detail") != row.value("detail");
}

Belief::Effect Belief::take(const Report& report)
{
    Effect effect;
    switch (report.kind) {
    case ReportKind::Full:
        full(report, effect);
        break;
    case ReportKind::Change:
        change(report, effect);
        break;
    case ReportKind::Heartbeat:
        for (const yang::Node& row : report.root().children("category")) {
            summary(row, true, effect);
        }
        break;
    case ReportKind::ConfigChanged:
        break;
    }
    return effect;
}

void Belief::full(const Report& report, Effect& effect)
{
    patch::applyReport(tree_, report.root());
    for (const yang::Node& row : report.root().children("category")) {
        adopt(typeOf(row), row, effect);
        // A node that makes its digests in another way than we do cannot be checked by them.
        const auto digest = row.value("digest");
        if (digest && verifies_
            && patch::contentDigest(root().container("inventory"), typeOf(row)) != *digest) {
            verifies_ = false;
            logging::notice(text::quoted(report.node) + ": its digest of " + typeOf(row)
                + " is made in another way than ours: changes are not checked by it");
        }
    }
}

void Belief::change(const Report& report, Effect& effect)
{
    // A status or report that overtook it may have told what it led to.
    std::set<std::string> passed;
    for (const yang::Node& row : report.root().children("category")) {
        const Known& known = known_[typeOf(row)];
        const uint64_t generation = generationOf(row);
        const bool same = generation == known.generation
            && row.valueOr("digest", "") == known.digest
            && !statusDiffers(row); // a status may change alone
        if (known.sure && (generation < known.generation || same)) {
            passed.insert(typeOf(row));
        }
    }
    // An edit of a content that is not what the node edited would make a tree that never was.
    std::set<std::string> refused = passed;
    yang::Tree edited = report.tree.copy();
    for (const yang::Node& edit : edited.root().children("edit")) {
        const std::string category = edit.valueOr("category", "");
        const Known& known = known_[category];
        const auto previous = text::number<uint64_t>(edit.valueOr("previous-generation", ""));
        if (!known.sure || previous != known.generation) {
            refused.insert(category);
        }
    }
    for (const yang::Node& edit : edited.root().children("edit")) {
        if (refused.contains(edit.valueOr("category", ""))) {
            edit.remove();
        }
    }
    bool applied = true;
    try { // boundary: edits of a node
        patch::applyEdits(tree_, edited.root());
    } catch (const yang::Error& error) {
        logging::warning(text::quoted(report.node) + ": " + text::quoted(error.what(), 300));
        applied = false;
    }
    for (const yang::Node& row : report.root().children("category")) {
        const std::string category = typeOf(row);
        if (passed.contains(category)) {
            continue;
        }
        Known& known = known_[category];
        if (!applied || refused.contains(category)) {
            known.sure = false;
            effect.unsure.insert(category);
            continue;
        }
        adopt(category, row, effect);
        const auto digest = row.value("digest");
        if (digest && verifies_
            && patch::contentDigest(root().container("inventory"), category) != *digest) {
            known.sure = false;
            effect.unsure.insert(category);
        }
    }
}

void Belief::adopt(const std::string& category, yang::Node row, Effect& effect)
{
    putStatus(row);
    known_[category] = { generationOf(row), row.valueOr("digest", ""), true };
    effect.changed.insert(category);
}

void Belief::summary(yang::Node row, bool exact, Effect& effect)
{
    const std::string category = typeOf(row);
    Known& known = known_[category];
    const uint64_t generation = generationOf(row);
    if (!exact && known.sure && generation < known.generation) {
        return; // said before a report that we have
    }
    const std::string digest = row.valueOr("digest", "");
    if (digest.empty()) { // nothing was collected: disabled, unsupported, not yet
        const bool differs = statusDiffers(row) || !known.digest.empty();
        if (const auto content = patch::content(root().container("inventory"), category)) {
            content->remove();
        }
        adopt(category, row, effect);
        if (!differs) {
            effect.changed.erase(category);
        }
        return;
    }
    if (digest != known.digest || (known.sure && generation != known.generation)) {
        known.sure = false;
        effect.unsure.insert(category);
        return;
    }
    const bool differs = statusDiffers(row);
    putStatus(row);
    known.generation = generation;
    known.sure = true;
    if (differs) {
        effect.changed.insert(category);
    }
}

Belief::Effect Belief::compare(yang::Node said)
{
    Effect effect;
    if (said.valueOr("epoch", "") != epoch_) {
        beginEpoch(said.valueOr("epoch", ""));
    }
    for (const yang::Node& row : said.children("category")) {
        summary(row, false, effect);
    }
    return effect;
}

void Belief::giveUp(const std::set<std::string>& categories, const std::string& why)
{
    for (const std::string& category : categories) {
        const auto row = status().instance("category", std::vector { category });
        const yang::Node at = row ? *row : status().entry("category", category);
        for (const char* leaf : { "status", "detail" }) {
            if (const auto former = at.child(leaf)) {
                former->remove();
            }
        }
        at.leaf("status", "femto-security-types:stale");
        at.leaf("detail", text::legible(why));
    }
}

std::set<std::string> Belief::unsure() const
{
    std::set<std::string> out;
    for (const auto& [category, known] : known_) {
        if (!known.sure) {
            out.insert(category);
        }
    }
    return out;
}

std::set<std::string> Belief::categories() const
{
    std::set<std::string> out;
    for (const yang::Node& row : status().children("category")) {
        out.insert(typeOf(row));
    }
    return out;
}

std::string Belief::text(const std::string& category) const
{
    yang::Tree alone;
    alone.at(context_, Top);
    if (const auto row = status().instance("category", std::vector { category })) {
        alone.root().container("status").entry("category", category).fill(*row);
    }
    if (const auto content = patch::content(root().container("inventory"), category)) {
        const yang::Node inventory = alone.root().container("inventory");
        const yang::Node home = content->isList() ? inventory.entry("extension", category)
                                                  : inventory.container(content->name().c_str());
        home.fill(*content);
    }
    return alone.json();
}

uint64_t Belief::generation(const std::string& category) const
{
    const auto found = known_.find(category);
    return found == known_.end() ? 0 : found->second.generation;
}

std::string Belief::digest(const std::string& category) const
{
    const auto found = known_.find(category);
    return found == known_.end() ? "" : found->second.digest;
}

} // namespace collector
