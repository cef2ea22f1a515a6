/* Whatever text comes, it is read or refused, never both; what was read is written, and then read back as the same. */
#include <stdint.h>
#include <string.h>

#include "signaling/json.h"
#include "signaling/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL, call_error = NULL;
    g_autoptr(JsonNode) node = sig_json_parse((const char *)data, size, &error), id = NULL, again = NULL;
    g_autofree char *written = NULL;

    g_assert_true((node == NULL) == (error != NULL));
    if (node == NULL)
        return 0;
    written = sig_json_to_text(node);
    if (strlen(written) <= SIG_JSON_MAX_SIZE) {
        again = sig_json_parse(written, strlen(written), &error);
        g_assert_no_error(error);
        g_assert_true(json_node_equal(node, again));
    }
    g_autoptr(SigCall) call = sig_call_new(node, &id, &call_error);
    g_assert_true((call == NULL) == (call_error != NULL));
    return 0;
}
