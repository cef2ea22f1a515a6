#include "gateway/people/people-priv.h"
#include "gateway/people/posts.h"
#include "gateway/people/tree.h"

/* Who may do what where, and that it ends when it ends. */

bool
gw_people_person_reaches(GwPeople *self, const char *id, uint32_t access, const char *unit)
{
    const GwPersonRecord *person = gw_directory_get_person(self->directory, id);

    return person != NULL && !person->public.disabled && unit != NULL &&
           gw_posts_reach(self->directory, person, access, unit, gw_people_now_ms());
}

/* A connection has its own access beside its person's: see second factors. */
bool
gw_people_reaches(GwPeople *self, const GwIdentity *identity, uint32_t access, const char *unit)
{
    if (unit == NULL || (identity->access & access) == 0)
        return false;
    if (identity->seat == GW_SEAT_CONSOLE)
        return gw_people_person_reaches(self, identity->id, identity->access & access, unit);
    return identity->unit != NULL && gw_directory_covers(self->directory, identity->unit, unit);
}

const char *
gw_people_get_person_unit(const GwPerson *person)
{
    return gw_posts_get_unit((const GwPersonRecord *)person, gw_people_now_ms());
}

char *
gw_people_unit_path_at(GwPeople *self, const char *unit, int64_t at_ms)
{
    return gw_tree_path_at(self->directory, unit, at_ms);
}

char *
gw_people_unit_place_at(GwPeople *self, const char *unit, int64_t at_ms)
{
    return gw_tree_place_at(self->directory, unit, at_ms);
}

bool
gw_people_needs_factor(GwPeople *self, const GwPersonRecord *person)
{
    uint32_t access = gw_posts_get_access(person, gw_people_now_ms());
    char **roles = self->config != NULL ? self->config->second_factor : NULL;

    for (char **role = roles; role != NULL && *role != NULL; role++) {
        if ((access & gw_role_from_string(*role)) != 0)
            return true;
    }
    return false;
}

uint32_t
gw_people_get_console_access(GwPeople *self, const GwPersonRecord *person)
{
    uint32_t access = gw_posts_get_access(person, gw_people_now_ms());

    if (person->public.disabled || access == 0)
        return 0;
    if (gw_people_needs_factor(self, person) && !gw_second_factors_has(self->factors, person->public.id))
        return GW_ACCESS_ENROLLING;
    return access;
}

static void
tell_listeners(GwPeople *self, const char *person)
{
    for (unsigned i = 0; i < self->listeners->len; i++) {
        const GwListening *listening = &g_array_index(self->listeners, GwListening, i);
        if (listening->events->rights_changed != NULL)
            listening->events->rights_changed(person, listening->user_data);
    }
}

/* Everything that the person holds is gone: connections are closed from the loop, and so is what hangs on them. */
static void
shut_out(GwPeople *self, const char *person)
{
    g_autofree char *audit = gw_people_audit_name(GW_SEAT_CONSOLE, person);

    gw_links_revoke_owner(self->links, GW_SEAT_CONSOLE, person);
    gw_tokens_revoke_owner(self->tokens, GW_SEAT_CONSOLE, person, NULL);
    gw_people_revoke_media_tokens(self, audit);
}

/* Which posts are in force: bit by bit. */
static uint32_t
mask_of(const GwPersonRecord *person, int64_t now_ms)
{
    uint32_t mask = 0;

    G_STATIC_ASSERT(GW_POSTS_PER_PERSON < 32);
    for (guint i = 0; i < person->posts->len; i++)
        mask |= gw_post_is_in_force(person->posts->pdata[i], now_ms) ? 1U << i : 0;
    return mask;
}

void
gw_people_rights_changed(GwPeople *self, GwPersonRecord *person)
{
    int64_t now_ms = gw_people_now_ms();

    person->public.access = gw_posts_get_access(person, now_ms);
    person->in_force = mask_of(person, now_ms);
    if (person->public.disabled || person->public.access == 0)
        shut_out(self, person->public.id);
    else
        gw_people_refresh_clients(self, person);
    tell_listeners(self, person->public.id);
}

void
gw_people_tree_changed(GwPeople *self)
{
    g_autoptr(GHashTable) here = gw_people_list_console_persons(self);
    GHashTableIter iter;
    void *id = NULL;

    g_hash_table_iter_init(&iter, here);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        gw_people_rights_changed(self, gw_directory_get_person(self->directory, id));
}

/* Posts begin and end by themselves. */
void
gw_people_check_posts(GwPeople *self, int64_t now_ms)
{
    const GPtrArray *persons = gw_directory_list_persons(self->directory);

    for (guint i = 0; i < persons->len; i++) {
        GwPersonRecord *person = persons->pdata[i];

        if (mask_of(person, now_ms) != person->in_force)
            gw_people_rights_changed(self, person);
    }
}
