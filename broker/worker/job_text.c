/* job_text.c: jansson's errors as sentences. */
#include "worker/job_text.h"
#include "base/error.h"
#include <errno.h>
#include <stdarg.h>

int job_text_unpack(const char *text, json_t **ret_root, const char *format, ...)
{
	json_error_t wrong;
	va_list args;
	json_t *root = json_loads(text, 0, &wrong);
	if (!root)
		return error_set(EINVAL, "the job is no JSON: %s", wrong.text);
	va_start(args, format);
	int r = json_vunpack_ex(root, &wrong, 0, format, args);
	va_end(args);
	if (r < 0) {
		json_decref(root);
		return error_set(EINVAL, "the job is not as expected: %s", wrong.text);
	}
	*ret_root = root;
	return 0;
}
