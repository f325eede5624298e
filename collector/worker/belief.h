// What is believed of a node: /fs:femto-security with status and inventory, as its reports say, and
// for each category whether that is sure to be what the node has.
#pragma once

#include "collector/worker/category.h"
#include "collector/worker/report.h"
#include "common/yang.h"

#include <map>
#include <set>
#include <string>

namespace collector {

class Belief {
public:
    struct Effect {
        std::set<std::string> changed; // identities of categories whose content or status differ
        std::set<std::string> unsure; // that must be collected anew
    };

    explicit Belief(const yang::Context& context);

    /// A state that was stored, of `epoch`: that of one category, or of several. Throws
    /// yang::Error.
    void load(const std::string& json, const std::string& epoch);
    /// Nothing of what is believed is sure until the node says so.
    void beginEpoch(const std::string& epoch);

    /// Throws yang::Error for a report that contradicts itself; what it names is then unsure.
    Effect take(const Report& report);
    /// The status of a node as it said it itself, maybe before reports that we have already.
    Effect compare(yang::Node status);
    /// What is not sure and could not be collected: verdicts on it are indeterminate from now on.
    void giveUp(const std::set<std::string>& categories, const std::string& why);

    std::set<std::string> unsure() const;
    /// Categories of which anything is known, as identities.
    std::set<std::string> categories() const;
    yang::Node root() const { return tree_.root(); }

    /// One category alone: RFC 7951 of femto-security with its status and inventory.
    std::string text(const std::string& category) const;
    uint64_t generation(const std::string& category) const;
    std::string digest(const std::string& category) const;

private:
    struct Known {
        uint64_t generation = 0;
        std::string digest;
        bool sure = false;
    };
    yang::Node status() const;
    void putStatus(yang::Node row);
    bool statusDiffers(yang::Node row) const;
    void full(const Report& report, Effect& effect);
    void change(const Report& report, Effect& effect);
    void summary(yang::Node row, bool exact, Effect& effect);
    void adopt(const std::string& category, yang::Node row, Effect& effect);

    const yang::Context& context_;
    yang::Tree tree_;
    std::string epoch_;
    std::map<std::string, Known> known_;
    bool verifies_ = true; // the node's digests are made as ours
};

} // namespace collector
