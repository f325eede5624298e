"""What a row of the table is. A row changes the healthy node and says what is found then: all of
it, so that a finding too many is an error like one too few."""

ROWS, LIVE_ONLY = [], []


class Found:
    """One result that is neither compliant nor not applicable."""

    def __init__(self, verdict, rule, thing, severity, words):
        self.verdict, self.rule, self.thing = verdict, rule, thing
        self.severity, self.words = severity, words

    def matches(self, result):
        text = " ".join([result.get("observed", ""), result.get("expected", ""),
                         result.get("reason", ""), *result.get("evidence", [])])
        return (result["verdict"], result["rule"], result.get("object", "")) \
            == (self.verdict, self.rule, self.thing) \
            and self.severity in (None, result.get("severity")) and self.words in text

    def __str__(self):
        return " ".join(filter(None, (self.verdict, self.severity, self.rule, self.thing,
                                      self.words and f"({self.words})")))


def bad(rule, thing, words="", severity=None):
    return Found("violation", rule, thing, severity, words)


def info(rule, words):
    """A value that is reported, and is no violation."""
    return Found("compliant", rule, "", "info", words)


def unknown(rule, thing="", words=""):
    return Found("indeterminate", rule, thing, None, words)


class Row:
    def __init__(self, name, title, change, expected, policy=None, arguments=(), user=None):
        self.name, self.title, self.change = name, title, change
        self.expected, self.policy, self.arguments = expected, policy, arguments
        self.user = user


def row(name, title, change=None, *expected, **more):
    """change(node) makes the healthy node into that of the row; policy(profile) changes the lists
    that were learned from the healthy node; without lists the policy is the shipped one."""
    ROWS.append(Row(name, title, change or (lambda node: None), expected, **more))


def demand(profile, category, name, check):
    """The profile judges by this rule, in place of one of the same name."""
    profile["rule"] = [one for one in profile["rule"] if one["id"] != name] + [{
        "id": name, "category": f"femto-security-types:{category}",
        "check": [{"name": "row", **check}]}]


def live_only(name, reason):
    LIVE_ONLY.append((name, reason))
