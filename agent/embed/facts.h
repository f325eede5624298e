/* Names of fact files, and what the agent has said of them. */
#ifndef FEMTOWATCH_EMBED_FACTS_H
#define FEMTOWATCH_EMBED_FACTS_H

#include "agent/embed/femtowatch-agent.h"

#include <stdbool.h>

enum { LONGEST_NAME = 200, MOST_VERDICTS = 4096 };

/* Of one file on one category. */
struct facts_told {
    struct facts_told* next;
    char* file;
    char* category;
    char* version; /* of the file: "INODE:SECONDS.NANOSECONDS" */
    int outcome;
    char* text;
};

/* "FILE VERSION CATEGORY OUTCOME TEXT": replaces what was told of this file and category before.
 * Whether it was understood. */
bool facts_heard(struct facts_told** all, char* line);
void facts_free(struct facts_told** all);

/* What was told of the file as it is now in `folder`. -ENOENT if there is none. */
int facts_verdict(const struct facts_told* all, const char* folder, const char* name,
    struct femtowatch_facts_verdict* verdict);

bool facts_good_name(const char* name);

#endif
