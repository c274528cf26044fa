/* The rules of broker.access: the first that matches client and stream decides. */
#include "clients/access.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ALL (CONFIG_ALLOW_READ | CONFIG_ALLOW_WRITE | CONFIG_ALLOW_ADMIN)

static struct access_rules rules;

static void make_rules(struct config_access *access, size_t count)
{
	struct config_broker config = {.access = access, .access_count = count};
	assert_int_equal(access_init(&rules, &config), 0);
}

static int teardown(void **state)
{
	(void)state;
	access_clear(&rules);
	return 0;
}

static struct config_access rule(char *user, char *group, char **stream, unsigned allow)
{
	return (struct config_access){.user = user, .group = group, .streams = {stream, 1}, .allow = allow};
}

static void test_first_match_decides(void **state)
{
	(void)state;
	char *gates[] = {"gate*"}, *all[] = {"*"};
	struct config_access access[] = {rule("", "", gates, CONFIG_ALLOW_READ), rule("", "", all, ALL)};
	make_rules(access, 2);
	const struct access_identity me = {.uid = geteuid()};
	assert_true(access_allows(&rules, &me, "gate/small", CONFIG_ALLOW_READ));
	assert_false(access_allows(&rules, &me, "gate/small", CONFIG_ALLOW_WRITE));
	assert_true(access_allows(&rules, &me, "door/small", CONFIG_ALLOW_WRITE));
	assert_true(access_allows(&rules, &me, ACCESS_EVERYTHING, CONFIG_ALLOW_ADMIN));
	assert_true(access_allows_some(&rules, &me, CONFIG_ALLOW_ADMIN));
}

static void test_nobody_else(void **state)
{
	(void)state;
	char *all[] = {"*"};
	struct config_access access[] = {rule("", "", all, ALL)};
	make_rules(access, 1);
	gid_t own_group = getegid(), other_group = own_group + 1;
	const struct access_identity stranger = {.uid = geteuid() + 1, .groups = &other_group, .group_count = 1};
	assert_false(access_may_connect(&rules, &stranger));
	assert_false(access_allows(&rules, &stranger, "gate", CONFIG_ALLOW_READ));
	assert_false(access_allows_some(&rules, &stranger, CONFIG_ALLOW_READ));
	const struct access_identity member = {.uid = geteuid() + 1, .groups = &own_group, .group_count = 1};
	assert_true(access_may_connect(&rules, &member));
}

static void test_users_and_groups(void **state)
{
	(void)state;
	char *all[] = {"*"};
	struct config_access access[] = {rule("daemon", "", all, CONFIG_ALLOW_READ),
					 rule("", "daemon", all, CONFIG_ALLOW_WRITE),
					 rule("no-such-user", "no-such-group", all, ALL)};
	make_rules(access, 3);
	gid_t daemon_group = 1, own_group = getegid();
	const struct access_identity user = {.uid = 1, .groups = &daemon_group, .group_count = 1};
	assert_true(access_allows(&rules, &user, "gate", CONFIG_ALLOW_READ));
	assert_false(access_allows(&rules, &user, "gate", CONFIG_ALLOW_WRITE));
	const struct access_identity member = {.uid = 54321, .groups = &daemon_group, .group_count = 1};
	assert_true(access_allows(&rules, &member, "gate", CONFIG_ALLOW_WRITE));
	assert_false(access_allows(&rules, &member, "gate", CONFIG_ALLOW_READ));
	/* A rule for a user has nothing to say about the broker's own group. */
	const struct access_identity own = {.uid = 54321, .groups = &own_group, .group_count = 1};
	assert_false(access_may_connect(&rules, &own));
}

static void test_numbers(void **state)
{
	(void)state;
	char *all[] = {"*"};
	struct config_access access[] = {rule("54321", "", all, CONFIG_ALLOW_READ),
					 rule("", "54322", all, CONFIG_ALLOW_WRITE),
					 rule("4294967296", "-1", all, ALL)};
	make_rules(access, 3);
	gid_t group = 54322, nothing = (gid_t)-1;
	const struct access_identity user = {.uid = 54321};
	assert_true(access_allows(&rules, &user, "gate", CONFIG_ALLOW_READ));
	const struct access_identity member = {.uid = 54323, .groups = &group, .group_count = 1};
	assert_true(access_allows(&rules, &member, "gate", CONFIG_ALLOW_WRITE));
	const struct access_identity other = {.uid = 0, .groups = &nothing, .group_count = 1};
	assert_false(access_may_connect(&rules, &other));
}

/* A glob for all streams is not one for the broker. */
static void test_only_a_star_is_everything(void **state)
{
	(void)state;
	char *one[] = {"?"}, *two[] = {"?*"}, *star[] = {"[*]"};
	struct config_access access[] = {rule("", "", one, ALL), rule("", "", two, ALL), rule("", "", star, ALL)};
	make_rules(access, 3);
	const struct access_identity me = {.uid = geteuid()};
	assert_true(access_allows(&rules, &me, "gate", CONFIG_ALLOW_ADMIN));
	assert_false(access_allows(&rules, &me, ACCESS_EVERYTHING, CONFIG_ALLOW_ADMIN));
}

/* Everybody without a number here has this one. */
static void test_the_overflow_user_is_nobody(void **state)
{
	(void)state;
	char *all[] = {"*"};
	struct config_access access[] = {rule("nobody", "nogroup", all, ALL)};
	make_rules(access, 1);
	assert_int_equal(rules.overflow_uid, 65534);
	gid_t group = rules.overflow_gid;
	const struct access_identity nobody = {.uid = rules.overflow_uid, .groups = &group, .group_count = 1};
	assert_false(access_may_connect(&rules, &nobody));
}

#define test(name) cmocka_unit_test_setup_teardown(name, NULL, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_first_match_decides),       test(test_nobody_else),
		test(test_users_and_groups),          test(test_numbers),
		test(test_only_a_star_is_everything), test(test_the_overflow_user_is_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
