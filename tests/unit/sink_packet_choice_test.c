#include "sink/packet_choice.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static void track_0_is_chosen_at_once(void **state)
{
	(void)state;
	struct packet_choice choice = {.wanted = AVMEDIA_TYPE_VIDEO};
	packet_choice_tell(&choice, 0, AVMEDIA_TYPE_VIDEO, SECOND);
	assert_true(choice.chosen);
	assert_int_equal(choice.track, 0);
}

/* The sound of track 1 might be the second one, if track 0 has sound too. */
static void a_lower_track_may_be_meant(void **state)
{
	(void)state;
	struct packet_choice choice = {.wanted = AVMEDIA_TYPE_AUDIO};
	packet_choice_tell(&choice, 1, AVMEDIA_TYPE_AUDIO, SECOND);
	assert_false(choice.chosen);
	packet_choice_tell(&choice, 0, AVMEDIA_TYPE_VIDEO, SECOND);
	assert_true(choice.chosen);
	assert_int_equal(choice.track, 1);
	choice = (struct packet_choice){.wanted = AVMEDIA_TYPE_AUDIO};
	packet_choice_tell(&choice, 1, AVMEDIA_TYPE_AUDIO, SECOND);
	packet_choice_tell(&choice, 0, AVMEDIA_TYPE_AUDIO, SECOND);
	assert_int_equal(choice.track, 0);
}

/* A track of subtitles says nothing for minutes. */
static void tracks_that_are_silent_are_not_waited_for(void **state)
{
	(void)state;
	struct packet_choice choice = {.wanted = AVMEDIA_TYPE_AUDIO};
	packet_choice_tell(&choice, 2, AVMEDIA_TYPE_AUDIO, SECOND);
	packet_choice_tell(&choice, 2, AVMEDIA_TYPE_AUDIO, 2 * SECOND);
	assert_false(choice.chosen);
	packet_choice_tell(&choice, 2, AVMEDIA_TYPE_AUDIO, 3 * SECOND);
	assert_true(choice.chosen);
	assert_int_equal(choice.track, 2);
}

static void numbers_count_tracks_of_the_media(void **state)
{
	(void)state;
	struct packet_choice choice = {.wanted = AVMEDIA_TYPE_AUDIO, .number = 1};
	packet_choice_tell(&choice, 0, AVMEDIA_TYPE_AUDIO, SECOND);
	packet_choice_tell(&choice, 1, AVMEDIA_TYPE_VIDEO, SECOND);
	assert_false(choice.chosen);
	packet_choice_tell(&choice, 2, AVMEDIA_TYPE_AUDIO, SECOND);
	assert_true(choice.chosen);
	assert_int_equal(choice.track, 2);
}

static void numbers_beyond_all_are_no_harm(void **state)
{
	(void)state;
	struct packet_choice choice = {.wanted = AVMEDIA_TYPE_VIDEO, .number = 3};
	packet_choice_tell(&choice, UINT32_MAX, AVMEDIA_TYPE_VIDEO, SECOND);
	packet_choice_tell(&choice, PACKET_CHOICE_TRACKS, AVMEDIA_TYPE_VIDEO, 9 * SECOND);
	assert_false(choice.chosen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(track_0_is_chosen_at_once),
		cmocka_unit_test(a_lower_track_may_be_meant),
		cmocka_unit_test(tracks_that_are_silent_are_not_waited_for),
		cmocka_unit_test(numbers_count_tracks_of_the_media),
		cmocka_unit_test(numbers_beyond_all_are_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
