/* gateway/people/posts.h - what somebody is, where, and how long: a person has one post or several
 *
 * The main post comes with the account; others are added, each with a unit, a role, a beginning and, it may be, an end. What a
 * person may do is what the posts in force allow, each in its own unit and below. Roles that control each other are never
 * held together: an administrator, a security administrator, an auditor or a procurator is nothing else at the same time.
 * Ownership: a person's record. Thread: main. No clock: now_ms is given. */
#pragma once

#include "gateway/people/directory.h"

G_BEGIN_DECLS

enum {
    GW_POSTS_PER_PERSON = 16, /* those that have ended count too */
};

/* Loads the posts beside the main ones (blocks: start-up). */
bool gw_posts_load(GwDirectory *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The main post of a new record. */
void gw_posts_begin(GwPersonRecord *person, const char *unit, uint32_t access, int64_t until_ms);
void gw_post_free(void *post);

bool gw_post_is_in_force(const GwPost *post, int64_t now_ms);
bool gw_posts_are_compatible(uint32_t one_role, uint32_t other_role);

/* What the posts in force allow together; whether the account is disabled is not looked at. */
uint32_t gw_posts_get_access(const GwPersonRecord *person, int64_t now_ms);
/* Of the post that speaks for the person where only one unit can: in force, and the one that decides or keeps recordings before
 * the others; the main post's when none is in force. */
const char *gw_posts_get_unit(const GwPersonRecord *person, int64_t now_ms);
/* Whether one post in force has one of these rights and covers this unit. */
bool gw_posts_reach(GwDirectory *directory, const GwPersonRecord *person, uint32_t access, const char *unit,
                    int64_t now_ms);
const GwPost *gw_posts_find(const GwPersonRecord *person, const char *id);

typedef struct {
    const char *unit, *role;
    int64_t from_ms, until_ms; /* 0: at once; without end */
} GwNewPost;
/* Fail with SIG_ERROR: no such unit or role, too many, not compatible with a post of the same time, an end before the beginning. */
bool gw_posts_check(GwDirectory *directory, const GwPersonRecord *person, const GwNewPost *post,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
const GwPost *gw_posts_add(GwDirectory *directory, GwPersonRecord *person, const GwNewPost *post,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* until_ms: not before the post's beginning. One that is over stays over. */
bool gw_posts_end(GwDirectory *directory, GwPersonRecord *person, const char *post, int64_t until_ms, int64_t now_ms,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
