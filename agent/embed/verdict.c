#include "agent/embed/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char* const outcomes[] = { "pending", "accepted", "conflict", "refused" };

static void free_one(struct facts_told* one)
{
    free(one->file);
    free(one->category);
    free(one->version);
    free(one->text);
    free(one);
}

void facts_free(struct facts_told** all)
{
    while (*all) {
        struct facts_told* const first = *all;
        *all = first->next;
        free_one(first);
    }
}

static struct facts_told* make(char* const words[4], const char* text)
{
    struct facts_told* const one = calloc(1, sizeof *one);
    if (!one) {
        return NULL;
    }
    one->file = strdup(words[0]);
    one->version = strdup(words[1]);
    one->category = strdup(words[2]);
    one->text = strdup(text);
    for (int i = 1; i < (int)(sizeof outcomes / sizeof *outcomes); ++i) {
        one->outcome = strcmp(words[3], outcomes[i]) == 0 ? i : one->outcome;
    }
    if (!one->file || !one->version || !one->category || !one->text || one->outcome == 0) {
        free_one(one);
        return NULL;
    }
    return one;
}

bool facts_heard(struct facts_told** all, char* line)
{
    char* words[4];
    char* rest = line;
    for (int i = 0; i < 4; ++i) {
        words[i] = strsep(&rest, " ");
        if (!words[i]) {
            return false;
        }
    }
    struct facts_told* const one = make(words, rest ? rest : "");
    if (!one) {
        return false;
    }
    size_t count = 0;
    for (struct facts_told** at = all; *at; ++count) {
        struct facts_told* const former = *at;
        const bool same = strcmp(former->file, one->file) == 0;
        /* Another version of the file makes all that was told of it before void. */
        if (same
            && (strcmp(former->category, one->category) == 0
                || strcmp(former->version, one->version) != 0)) {
            *at = former->next;
            free_one(former);
        } else {
            at = &former->next;
        }
    }
    if (count >= MOST_VERDICTS) { /* more than the agent has files */
        facts_free(all);
    }
    one->next = *all;
    *all = one;
    return true;
}

int facts_verdict(const struct facts_told* all, const char* folder, const char* name,
    struct femtowatch_facts_verdict* verdict)
{
    char path[4096];
    char version[96];
    struct stat now;
    if (!facts_good_name(name) || verdict->size != sizeof *verdict
        || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return -EINVAL;
    }
    if (lstat(path, &now) != 0) {
        return -errno;
    }
    snprintf(version, sizeof version, "%llu:%lld.%09ld", (unsigned long long)now.st_ino,
        (long long)now.st_mtim.tv_sec, now.st_mtim.tv_nsec);
    const struct femtowatch_facts_verdict none
        = { .size = sizeof none, .category = "", .text = "" };
    *verdict = none;
    for (const struct facts_told* one = all; one; one = one->next) {
        if (strcmp(one->file, name) != 0 || strcmp(one->version, version) != 0) {
            continue;
        }
        ++verdict->categories;
        if (one->outcome > verdict->outcome) {
            verdict->outcome = one->outcome;
            verdict->category = one->category;
            verdict->text = one->text;
        }
    }
    return 0;
}
