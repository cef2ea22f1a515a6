#include "gateway/archive/asker.h"

GwAsker
gw_asker_copy(const GwIdentity *identity, const char *address)
{
    return (GwAsker){
        .id = g_strdup(identity->id),
        .unit = g_strdup(identity->unit),
        .audit = g_strdup(identity->audit),
        .display = g_strdup(identity->display),
        .address = g_strdup(address),
        .access = identity->access,
    };
}

GwAsker
gw_asker_of_person(const GwPerson *person)
{
    return (GwAsker){
        .id = g_strdup(person->id),
        .unit = g_strdup(gw_people_get_person_unit(person)),
        .audit = g_strconcat("person:", person->id, NULL),
        .display = g_strdup(person->display),
        .access = person->access,
    };
}

GwAsker
gw_asker_owner(void)
{
    return (GwAsker){ .audit = g_strdup("owner"), .display = g_strdup("owner"), .is_owner = true };
}

void
gw_asker_set(GwAsker *asker, const GwAsker *from)
{
    *asker = *from;
    asker->id = g_strdup(from->id);
    asker->unit = g_strdup(from->unit);
    asker->audit = g_strdup(from->audit);
    asker->display = g_strdup(from->display);
    asker->address = g_strdup(from->address);
}

void
gw_asker_clear(GwAsker *asker)
{
    g_clear_pointer(&asker->id, g_free);
    g_clear_pointer(&asker->unit, g_free);
    g_clear_pointer(&asker->audit, g_free);
    g_clear_pointer(&asker->display, g_free);
    g_clear_pointer(&asker->address, g_free);
}

bool
gw_asker_covers(const GwAsker *asker, GwPeople *people, const char *unit)
{
    const uint32_t roles = GW_ACCESS_WATCH | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR | GW_ACCESS_ADMINISTRATOR;

    return asker->is_owner || gw_people_person_reaches(people, asker->id, asker->access & roles, unit);
}
