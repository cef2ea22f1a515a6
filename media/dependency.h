/* media/dependency.h - the layers of AV1, and of what comes with the same extension: the Dependency Descriptor (AV1 RTP payload
 * format 1.0, appendix A)
 *
 * A key frame brings a structure of templates; every packet names one. Kept is what choosing a temporal layer needs. A
 * zeroed MediaDependency knows nothing yet. Pure: any bytes are safe. */
#pragma once

#include "media/descriptor.h"

G_BEGIN_DECLS

enum {
    MEDIA_DEPENDENCY_MAX_TEMPLATES = 64,
    MEDIA_DEPENDENCY_MAX_TARGETS = 32,
};

typedef struct {
    uint8_t first_id; /* of the templates */
    uint8_t n_templates;
    uint8_t n_targets;
    uint8_t temporal[MEDIA_DEPENDENCY_MAX_TEMPLATES];
    uint8_t opens[MEDIA_DEPENDENCY_MAX_TEMPLATES]; /* see MediaDescriptor */
    uint8_t target_opens[MEDIA_DEPENDENCY_MAX_TARGETS];
    uint16_t width, height; /* of the largest layer; 0 unknown */
} MediaDependency;

/* Reads the extension of one packet, keeping the structure where it brings one. False when it says nothing that can be
 * used: truncated, or of a structure that was not seen. */
bool media_dependency_read(MediaDependency *self, const uint8_t *bytes, size_t size, MediaDescriptor *ret_descriptor);

G_END_DECLS
