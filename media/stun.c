#include "media/stun.h"

#include <string.h>

enum {
    HEADER_BYTES = 20,
    BINDING_REQUEST = 0x0001,
    INTEGRITY_BYTES = 20,
    FINGERPRINT_BYTES = 4,
};

/* What RFC 8489 and RFC 8445 make us understand; other comprehension-required ones are answered with 420. */
static const uint16_t known_attributes[] = {
    STUN_ATTRIBUTE_MAPPED_ADDRESS,
    STUN_ATTRIBUTE_USERNAME,
    STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
    STUN_ATTRIBUTE_ERROR_CODE,
    STUN_ATTRIBUTE_REALM,
    STUN_ATTRIBUTE_NONCE,
    STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES,
    STUN_ATTRIBUTE_PRIORITY,
    STUN_ATTRIBUTE_USE_CANDIDATE,
    STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
    0,
};

void
media_stun_init(MediaStun *self)
{
    stun_agent_init(&self->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
}

static uint16_t
read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool
is_binding_request(const uint8_t *bytes, size_t size)
{
    static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

    return size >= HEADER_BYTES && size % 4 == 0 && read16(bytes) == BINDING_REQUEST &&
           read16(bytes + 2) == size - HEADER_BYTES && memcmp(bytes + 4, cookie, sizeof(cookie)) == 0;
}

static bool
take_username(MediaStunCheck *check, const uint8_t *value, size_t size)
{
    const uint8_t *colon = memchr(value, ':', size);

    if (check->local != NULL || size > MEDIA_STUN_MAX_USERNAME || colon == NULL)
        return false;
    check->local = (const char *)value;
    check->local_size = (size_t)(colon - value);
    check->remote = (const char *)colon + 1;
    check->remote_size = size - check->local_size - 1;
    return check->local_size > 0;
}

/* What stands before MESSAGE-INTEGRITY and so is covered by it. */
static bool
take_attribute(MediaStunCheck *check, uint16_t type, const uint8_t *value, size_t size)
{
    switch (type) {
    case STUN_ATTRIBUTE_USERNAME:
        return take_username(check, value, size);
    case STUN_ATTRIBUTE_USE_CANDIDATE:
        check->use_candidate = true;
        return size == 0;
    case STUN_ATTRIBUTE_ICE_CONTROLLED:
        check->controlled = true;
        return size == 8;
    case STUN_ATTRIBUTE_ICE_CONTROLLING:
        return size == 8;
    case STUN_ATTRIBUTE_PRIORITY:
        return size == 4;
    default:
        return true;
    }
}

bool
media_stun_parse(const uint8_t *bytes, size_t size, MediaStunCheck *ret_check)
{
    MediaStunCheck check = { .bytes = bytes, .size = size };
    bool has_integrity = false;
    bool has_fingerprint = false;

    if (!is_binding_request(bytes, size))
        return false;
    for (size_t offset = HEADER_BYTES; offset < size;) {
        uint16_t type = read16(bytes + offset);
        size_t value_size = read16(bytes + offset + 2);
        size_t padded = (value_size + 3) & ~(size_t)3;

        offset += 4;
        if (has_fingerprint || padded > size - offset)
            return false;
        if (type == STUN_ATTRIBUTE_FINGERPRINT) {
            has_fingerprint = value_size == FINGERPRINT_BYTES;
            if (!has_fingerprint)
                return false;
        } else if (type == STUN_ATTRIBUTE_MESSAGE_INTEGRITY && !has_integrity) {
            has_integrity = value_size == INTEGRITY_BYTES;
            if (!has_integrity)
                return false;
        } else if (!has_integrity && !take_attribute(&check, type, bytes + offset, value_size)) {
            return false;
        }
        offset += padded;
    }
    if (!has_integrity || !has_fingerprint || check.local == NULL)
        return false;
    *ret_check = check;
    return true;
}

static bool
give_password(StunAgent *agent G_GNUC_UNUSED, StunMessage *message G_GNUC_UNUSED, uint8_t *username G_GNUC_UNUSED,
              uint16_t username_size G_GNUC_UNUSED, uint8_t **password, size_t *password_size, void *data)
{
    *password = data;
    *password_size = strlen(data);
    return true;
}

static size_t
write_success(MediaStun *self, StunMessage *request, const char *password, const MediaAddress *from, uint8_t *reply)
{
    struct sockaddr_storage mapped;
    socklen_t mapped_size = media_address_to_sockaddr(from, media_address_is_ipv4(from) ? AF_INET : AF_INET6, &mapped);
    StunMessage message;

    if (!stun_agent_init_response(&self->agent, &message, reply, MEDIA_STUN_MAX_REPLY, request))
        return 0;
    if (stun_message_append_xor_addr(&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &mapped, mapped_size) !=
        STUN_MESSAGE_RETURN_SUCCESS)
        return 0;
    return stun_agent_finish_message(&self->agent, &message, (const uint8_t *)password, strlen(password));
}

static size_t
write_role_conflict(MediaStun *self, StunMessage *request, const char *password, uint8_t *reply)
{
    StunMessage message;

    if (!stun_agent_init_error(&self->agent, &message, reply, MEDIA_STUN_MAX_REPLY, request, STUN_ERROR_ROLE_CONFLICT))
        return 0;
    return stun_agent_finish_message(&self->agent, &message, (const uint8_t *)password, strlen(password));
}

MediaStunVerdict
media_stun_answer(MediaStun *self, const MediaStunCheck *check, const char *password, const MediaAddress *from,
                  uint8_t *reply, size_t *ret_size)
{
    StunMessage request, message;
    MediaStunVerdict verdict = MEDIA_STUN_ERROR;
    size_t size = 0;

    switch (stun_agent_validate(&self->agent, &request, check->bytes, check->size, give_password, (void *)password)) {
    case STUN_VALIDATION_SUCCESS:
        /* a lite agent is never the controlling one, so it does not compare tie-breakers: the peer has to turn */
        if (check->controlled) {
            size = write_role_conflict(self, &request, password, reply);
            break;
        }
        verdict = MEDIA_STUN_VALID;
        size = write_success(self, &request, password, from, reply);
        break;
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE:
        size = stun_agent_build_unknown_attributes_error(&self->agent, &message, reply, MEDIA_STUN_MAX_REPLY, &request);
        break;
    case STUN_VALIDATION_NOT_STUN:
    case STUN_VALIDATION_INCOMPLETE_STUN:
    case STUN_VALIDATION_BAD_REQUEST:
    case STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST:
    case STUN_VALIDATION_UNAUTHORIZED:
    case STUN_VALIDATION_UNMATCHED_RESPONSE:
    case STUN_VALIDATION_UNKNOWN_ATTRIBUTE:
    case STUN_VALIDATION_FORBIDDEN:
        break;
    }
    if (size == 0)
        return MEDIA_STUN_DROP;
    *ret_size = size;
    return verdict;
}
