#include "gateway/people/people-priv.h"

/* One address for all that comes from the owner's socket. */
static const char here[] = "owner";

typedef struct {
    GwPeople *people;
    char *name;
    GwPasswordChecked done;
    void *user_data;
} Check;

static void
on_verified(const char *encoded, bool right, void *user_data)
{
    Check *check = user_data;
    GwPeople *self = check->people;
    const GwPersonRecord *person = gw_directory_find_person(self->directory, check->name);
    bool fine =
        right && person != NULL && person->password != NULL && !person->public.disabled && person->public.access != 0;

    (void)encoded;
    if (fine)
        gw_throttle_succeed(self->throttle, check->name, here, gw_people_now_ms());
    else
        gw_people_note(self, &(GwAuditEntry){ .who = "owner", .action = "sign-in.refused" });
    check->done(fine ? &person->public : NULL, check->user_data);
    g_free(check->name);
    g_free(check);
}

bool
gw_people_check_password(GwPeople *self, const char *name, const char *password, GwPasswordChecked done,
                         void *user_data)
{
    const GwPersonRecord *person = gw_directory_find_person(self->directory, name);
    int64_t wait_ms = 0;

    if (!gw_throttle_take(self->throttle, name, here, gw_people_now_ms(), &wait_ms))
        return false;
    Check *check = g_new(Check, 1);
    *check = (Check){ self, g_strdup(name), done, user_data };
    if (gw_passwords_verify(self->passwords, person != NULL ? person->password : NULL, password, on_verified, check))
        return true;
    g_free(check->name);
    g_free(check);
    return false;
}

void
gw_people_foreach_person(GwPeople *self, uint32_t access, void (*func)(const GwPerson *person, void *data), void *data)
{
    const GPtrArray *persons = gw_directory_list_persons(self->directory);

    for (guint i = 0; i < persons->len; i++) {
        const GwPersonRecord *person = persons->pdata[i];
        if (person->public.access & access)
            func(&person->public, data);
    }
}
