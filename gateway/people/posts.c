#include "gateway/people/posts.h"

#include "gateway/people/secret.h"

/* Held beside each other; every other role is held alone. */
#define MIXED (GW_ACCESS_OFFICER | GW_ACCESS_INSPECTOR | GW_ACCESS_OFFICE)
/* Of these the archive and the visits know one unit. */
#define KEEPS                                                                                                          \
    (GW_ACCESS_OFFICER | GW_ACCESS_ADMINISTRATOR | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR | GW_ACCESS_PROCURATOR)

void
gw_post_free(void *data)
{
    GwPost *post = data;

    g_free(post->id);
    g_free(post->unit);
    g_free(post);
}

static const GwPost *
append(GwPersonRecord *person, const char *id, const char *unit, uint32_t access)
{
    GwPost *post = g_new0(GwPost, 1);

    post->id = g_strdup(id);
    post->unit = g_strdup(unit);
    post->access = access;
    g_ptr_array_add(person->posts, post);
    return post;
}

void
gw_posts_begin(GwPersonRecord *person, const char *unit, uint32_t access, int64_t until_ms)
{
    person->posts = g_ptr_array_new_with_free_func(gw_post_free);
    append(person, person->public.id, unit, access);
    ((GwPost *)person->posts->pdata[0])->until_ms = until_ms;
    person->in_force = 1;
}

bool
gw_posts_load(GwDirectory *directory, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        gw_directory_get_store(directory),
        gw_statement_new("SELECT id, person, unit, role, from_ms, until_ms FROM post ORDER BY rowid"), error);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwPersonRecord *person = gw_directory_get_person(directory, gw_rows_text(rows, i, 1));

        if (person == NULL)
            continue;
        GwPost *post = (GwPost *)append(person, gw_rows_text(rows, i, 0), gw_rows_text(rows, i, 2),
                                        gw_role_from_string(gw_rows_text(rows, i, 3)));
        post->from_ms = gw_rows_int(rows, i, 4);
        post->until_ms = gw_rows_int(rows, i, 5);
    }
    return rows != NULL;
}

bool
gw_post_is_in_force(const GwPost *post, int64_t now_ms)
{
    return post->from_ms <= now_ms && (post->until_ms == 0 || now_ms < post->until_ms);
}

bool
gw_posts_are_compatible(uint32_t one_role, uint32_t other_role)
{
    return one_role == other_role || ((one_role | other_role) & ~MIXED) == 0;
}

uint32_t
gw_posts_get_access(const GwPersonRecord *person, int64_t now_ms)
{
    uint32_t access = 0;

    for (guint i = 0; i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];
        if (gw_post_is_in_force(post, now_ms))
            access |= post->access;
    }
    return access;
}

const char *
gw_posts_get_unit(const GwPersonRecord *person, int64_t now_ms)
{
    const GwPost *first = NULL;

    for (guint i = 0; i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];

        if (!gw_post_is_in_force(post, now_ms))
            continue;
        if (post->access & KEEPS)
            return post->unit;
        if (first == NULL)
            first = post;
    }
    return first != NULL ? first->unit : person->public.unit;
}

bool
gw_posts_reach(GwDirectory *directory, const GwPersonRecord *person, uint32_t access, const char *unit, int64_t now_ms)
{
    for (guint i = 0; i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];

        if ((post->access & access) != 0 && gw_post_is_in_force(post, now_ms) &&
            gw_directory_covers(directory, post->unit, unit))
            return true;
    }
    return false;
}

const GwPost *
gw_posts_find(const GwPersonRecord *person, const char *id)
{
    for (guint i = 0; i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];
        if (g_str_equal(post->id, id))
            return post;
    }
    return NULL;
}

static bool
is_before(int64_t until_ms, int64_t from_ms)
{
    return until_ms != 0 && until_ms <= from_ms;
}

bool
gw_posts_check(GwDirectory *directory, const GwPersonRecord *person, const GwNewPost *new, GError **error)
{
    const GwUnit *unit = gw_directory_get_unit(directory, new->unit);
    uint32_t access = gw_role_from_string(new->role);

    if (unit == NULL || unit->closed_ms != 0 || access == 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "there is no unit '%s', or it is closed", new->unit);
        return false;
    }
    if (is_before(new->until_ms, new->from_ms)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS, "the post would end before it begins");
        return false;
    }
    if (person->posts->len >= GW_POSTS_PER_PERSON) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%s has %d posts already; no more are kept",
                    person->public.display, GW_POSTS_PER_PERSON);
        return false;
    }
    for (guint i = 0; i < person->posts->len; i++) {
        const GwPost *post = person->posts->pdata[i];

        if (is_before(new->until_ms, post->from_ms) || is_before(post->until_ms, new->from_ms))
            continue;
        if (!gw_posts_are_compatible(post->access, access)) {
            g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s is %s at that time, and can then not be %s",
                        person->public.display, gw_role_to_string(post->access), new->role);
            return false;
        }
        if (post->access == access && g_str_equal(post->unit, new->unit)) {
            g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "%s has that post already", person->public.display);
            return false;
        }
    }
    return true;
}

const GwPost *
gw_posts_add(GwDirectory *directory, GwPersonRecord *person, const GwNewPost *new, GError **error)
{
    g_autofree char *id = gw_secret_new_id("post");

    if (!gw_posts_check(directory, person, new, error))
        return NULL;

    GwStatement *statement = gw_statement_new(
        "INSERT INTO post (id, person, unit, role, from_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    gw_statement_text(statement, id);
    gw_statement_text(statement, person->public.id);
    gw_statement_text(statement, new->unit);
    gw_statement_text(statement, new->role);
    gw_statement_int(statement, new->from_ms);
    gw_statement_int(statement, new->until_ms);
    gw_store_run(gw_directory_get_store(directory), statement, NULL, NULL);

    GwPost *post = (GwPost *)append(person, id, new->unit, gw_role_from_string(new->role));
    post->from_ms = new->from_ms;
    post->until_ms = new->until_ms;
    return post;
}

bool
gw_posts_end(GwDirectory *directory, GwPersonRecord *person, const char *id, int64_t until_ms, int64_t now_ms,
             GError **error)
{
    GwPost *post = (GwPost *)gw_posts_find(person, id);

    if (post == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "%s has no post '%s'", person->public.display, id);
        return false;
    }
    if (post->until_ms != 0 && post->until_ms <= now_ms) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "this post is over; give a new one");
        return false;
    }
    post->until_ms = MAX(until_ms, post->from_ms + 1);

    GwStatement *statement = post == person->posts->pdata[0]
                                 ? gw_statement_new("UPDATE person SET until_ms = ?2 WHERE id = ?1")
                                 : gw_statement_new("UPDATE post SET until_ms = ?2 WHERE id = ?1");
    gw_statement_text(statement, id);
    gw_statement_int(statement, post->until_ms);
    gw_store_run(gw_directory_get_store(directory), statement, NULL, NULL);
    return true;
}
