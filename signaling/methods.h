/* signaling/methods.h - the rows of methods and events, by name and in the order they were added
 *
 * Ownership: the server; rows are borrowed.
 * Thread:    main. */
#pragma once

#include "signaling/method.h"

G_BEGIN_DECLS

typedef struct SigMethods SigMethods;

typedef struct {
    const SigMethod *row;
    void *user_data;
} SigMethodEntry;

SigMethods *sig_methods_new(void);
void sig_methods_free(SigMethods *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SigMethods, sig_methods_free)

/* A name twice is our own mistake. */
void sig_methods_add(SigMethods *self, const SigMethod *row, void *user_data);
void sig_methods_add_event(SigMethods *self, const SigEvent *row);

const SigMethodEntry *sig_methods_find(const SigMethods *self, const char *name); /* NULL: unknown */
unsigned sig_methods_get_length(const SigMethods *self);
const SigMethod *sig_methods_get(const SigMethods *self, unsigned index);
unsigned sig_methods_get_n_events(const SigMethods *self);
const SigEvent *sig_methods_get_event(const SigMethods *self, unsigned index);

/* The entry that may handle a call, after its caller's rights and its parameters are checked. */
const SigMethodEntry *sig_methods_check(const SigMethods *self, const char *name, uint32_t access, JsonObject *params,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
