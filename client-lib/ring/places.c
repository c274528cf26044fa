/* places.c: scans the roster and the pages of the active readers. A page is its reader's to write, so it is hostile:
 * only the first max_held entries of the roster's word count, and slots that do not exist are no holds. */
#include "ring/places.h"
#include <string.h>

static uint64_t load_place(const struct ring_roster *roster, unsigned reader)
{
	/* acquire: pairs with core's release, which comes after it cleared the page of the place's last owner */
	return atomic_load_explicit(&roster->place[reader], memory_order_acquire);
}

static unsigned entries(uint64_t place)
{
	unsigned max_held = ring_place_max_held(place);
	return max_held < LIMIT_HELD ? max_held : LIMIT_HELD;
}

/* Slot + 1. Acquire pairs with the release in hold_clear() and hold_announce(): what the reader looked at through the
 * entry before is done, so the slot may be written. */
static unsigned load_hold(const struct ring_page *page, unsigned i)
{
	return atomic_load_explicit(&page->holds[i], memory_order_acquire);
}

static uint64_t lossless_gate(const struct ring_map *map, unsigned reader, uint64_t place)
{
	if (atomic_load_explicit(&map->control->evicted[reader], memory_order_relaxed) == ring_place_epoch(place))
		return RING_NEVER;
	/* acquire: pairs with the release in cursor_store(): whoever sees a gate move on sees the hold before it */
	uint64_t cursor = atomic_load_explicit(&map->page[reader]->cursor, memory_order_acquire);
	return cursor ? cursor : RING_NEVER;
}

uint64_t places_gate(const struct ring_map *map, unsigned reader)
{
	uint64_t place = load_place(map->roster, reader);
	bool gated = ring_place_active(place) && ring_place_mode(place) == FB_LOSSLESS;
	return gated ? lossless_gate(map, reader, place) : RING_NEVER;
}

/* What the loops below need of the map is loaded once: an acquire makes the compiler load everything else anew. */
void places_look(const struct ring_map *map, struct places *ret_places)
{
	const struct ring_roster *roster = map->roster;
	unsigned slots = map->layout.slots, max_readers = map->layout.max_readers;
	uint64_t lowest = RING_NEVER;
	memset(ret_places->held, 0, (slots + 63) / 64 * sizeof ret_places->held[0]);
	for (unsigned reader = 0; reader < max_readers; reader++) {
		uint64_t place = load_place(roster, reader);
		if (!ring_place_active(place))
			continue;
		if (ring_place_mode(place) == FB_LOSSLESS) {
			uint64_t gate = lossless_gate(map, reader, place);
			lowest = gate < lowest ? gate : lowest;
		}
		const struct ring_page *page = map->page[reader];
		for (unsigned i = 0, count = entries(place); i < count; i++) {
			unsigned slot = load_hold(page, i) - 1; /* 0 - 1 is no slot */
			if (slot < slots)
				ret_places->held[slot / 64] |= UINT64_C(1) << slot % 64;
		}
	}
	ret_places->gate = lowest;
}

bool places_held(const struct places *places, unsigned slot)
{
	return places->held[slot / 64] >> slot % 64 & 1;
}

bool places_protect(const struct ring_map *map, unsigned slot, uint64_t seq)
{
	const struct ring_roster *roster = map->roster;
	unsigned max_readers = map->layout.max_readers;
	for (unsigned reader = 0; reader < max_readers; reader++) {
		uint64_t place = load_place(roster, reader);
		if (!ring_place_active(place))
			continue;
		if (ring_place_mode(place) == FB_LOSSLESS && lossless_gate(map, reader, place) <= seq)
			return true;
		const struct ring_page *page = map->page[reader];
		for (unsigned i = 0, count = entries(place); i < count; i++)
			if (load_hold(page, i) == slot + 1)
				return true;
	}
	return false;
}
