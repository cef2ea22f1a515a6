#include "gateway/people/passwords.h"

#include <string.h>

typedef struct {
    char *encoded;
    unsigned n_right, n_wrong, left;
} Answers;

static void
on_hashed(const char *encoded, bool right, void *user_data)
{
    Answers *answers = user_data;
    (void)right;

    g_free(answers->encoded);
    answers->encoded = g_strdup(encoded);
    answers->left--;
}

static void
on_verified(const char *encoded, bool right, void *user_data)
{
    Answers *answers = user_data;
    (void)encoded;

    answers->n_right += right;
    answers->n_wrong += !right;
    answers->left--;
}

static void
wait(Answers *answers)
{
    while (answers->left > 0)
        g_main_context_iteration(NULL, TRUE);
}

static void
hash(GwPasswords *passwords, Answers *answers, const char *password)
{
    answers->left++;
    g_assert_true(gw_passwords_hash(passwords, password, on_hashed, answers));
    wait(answers);
}

static bool
verify(GwPasswords *passwords, Answers *answers, const char *password)
{
    unsigned before = answers->n_right;

    answers->left++;
    g_assert_true(gw_passwords_verify(passwords, answers->encoded, password, on_verified, answers));
    wait(answers);
    return answers->n_right > before;
}

static void
test_right_and_wrong(void)
{
    g_autoptr(GwPasswords) passwords = gw_passwords_new();
    Answers answers = { 0 };

    hash(passwords, &answers, "correct horse 电池");
    g_assert_true(g_str_has_prefix(answers.encoded, "$argon2id$v=19$m=19456,t=2,p=1$"));
    g_assert_true(verify(passwords, &answers, "correct horse 电池"));
    g_assert_false(verify(passwords, &answers, "correct horse 电"));
    g_assert_false(verify(passwords, &answers, ""));
    g_free(answers.encoded);
}

static void
test_same_letters_are_the_same_password(void)
{
    g_autoptr(GwPasswords) passwords = gw_passwords_new();
    Answers answers = { 0 };

    hash(passwords, &answers, "caf\xc3\xa9 au lait");                   /* one letter */
    g_assert_true(verify(passwords, &answers, "cafe\xcc\x81 au lait")); /* e and its accent */
    g_free(answers.encoded);
}

static void
test_equal_passwords_have_different_hashes(void)
{
    g_autoptr(GwPasswords) passwords = gw_passwords_new();
    Answers answers = { 0 };

    hash(passwords, &answers, "the same one");
    g_autofree char *first = g_strdup(answers.encoded);
    hash(passwords, &answers, "the same one");
    g_assert_cmpstr(first, !=, answers.encoded);
    g_free(answers.encoded);
}

static void
test_nobody_is_wrong(void)
{
    g_autoptr(GwPasswords) passwords = gw_passwords_new();
    Answers answers = { 0 };

    g_assert_false(verify(passwords, &answers, "anything"));
    g_assert_cmpuint(answers.n_wrong, ==, 1);
}

static void
test_bounded_queue(void)
{
    g_autoptr(GwPasswords) passwords = gw_passwords_new();
    Answers answers = { 0 };

    for (unsigned i = 0; i < GW_PASSWORDS_MAX_WAITING; i++) {
        answers.left++;
        /* Damaged: wrong at once, so that the test is quick; it still has to wait for main. */
        g_assert_true(gw_passwords_verify(passwords, "$argon2id$", "x", on_verified, &answers));
    }
    g_assert_false(gw_passwords_verify(passwords, NULL, "x", on_verified, &answers));
    wait(&answers);
    g_assert_cmpuint(answers.n_wrong, ==, GW_PASSWORDS_MAX_WAITING);
    g_assert_false(verify(passwords, &answers, "x"));
}

static void
test_freed_before_the_answer(void)
{
    GwPasswords *passwords = gw_passwords_new();
    Answers answers = { .left = 1 };

    g_assert_true(gw_passwords_hash(passwords, "some password", on_hashed, &answers));
    gw_passwords_free(passwords);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_null(answers.encoded);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/passwords/right-and-wrong", test_right_and_wrong);
    g_test_add_func("/gateway/passwords/same-letters-are-the-same-password", test_same_letters_are_the_same_password);
    g_test_add_func("/gateway/passwords/equal-passwords-have-different-hashes",
                    test_equal_passwords_have_different_hashes);
    g_test_add_func("/gateway/passwords/nobody-is-wrong", test_nobody_is_wrong);
    g_test_add_func("/gateway/passwords/bounded-queue", test_bounded_queue);
    g_test_add_func("/gateway/passwords/freed-before-the-answer", test_freed_before_the_answer);
    return g_test_run();
}
