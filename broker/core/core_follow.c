/* core_follow.c: plans, and follows the plan. */
#include "core/core_follow.h"
#include "base/log.h"
#include "core/follow.h"
#include "core/kept.h"
#include "core/plan_build.h"
#include <string.h>

static bool has_note(const struct core *core, const char *line)
{
	for (size_t i = 0; i < core->notes.count; i++)
		if (!strcmp(core->notes.lines[i], line))
			return true;
	return false;
}

int core_follow(struct core *core)
{
	struct plan wanted;
	struct config_errors notes = {0};
	plan_build(core->config, &core->runtime, &wanted, &notes);
	for (size_t i = 0; i < notes.count; i++)
		if (!has_note(core, notes.lines[i]))
			log_warning("core", "%s", notes.lines[i]);
	config_errors_clear(&core->notes);
	core->notes = notes;
	int result = follow_plan(&core->supervisor, &core->plan, &wanted);
	plan_clear(&core->plan);
	core->plan = wanted;
	kept_runtime(core);
	return result;
}
