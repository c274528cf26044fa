/* human.c: sizes, times and layouts in words. */
#include "human.h"
#include "field.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

const char *human_bytes(int64_t bytes, char buffer[HUMAN_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double number = (double)bytes;
	size_t unit = 0;
	while (number >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		number /= 1024;
		unit++;
	}
	snprintf(buffer, HUMAN_SIZE, unit ? "%.1f %s" : "%.0f %s", number, units[unit]);
	return buffer;
}

const char *human_bit_rate(double bits_per_second, char buffer[HUMAN_SIZE])
{
	if (bits_per_second >= 1e6)
		snprintf(buffer, HUMAN_SIZE, "%.1f Mbit/s", bits_per_second / 1e6);
	else
		snprintf(buffer, HUMAN_SIZE, "%.0f kbit/s", bits_per_second / 1e3);
	return buffer;
}

const char *human_age(int64_t utc_ns, char buffer[HUMAN_SIZE])
{
	long long age = (long long)time(NULL) - utc_ns / SECOND_NS;
	if (age < 0)
		age = 0; /* the clocks of time() and of the broker's stamp differ by some ms */
	if (utc_ns == 0)
		snprintf(buffer, HUMAN_SIZE, "-");
	else if (age < 120)
		snprintf(buffer, HUMAN_SIZE, "%lld s", age);
	else if (age < 2 * 3600)
		snprintf(buffer, HUMAN_SIZE, "%lld min", age / 60);
	else if (age < 2 * 86400)
		snprintf(buffer, HUMAN_SIZE, "%lld h", age / 3600);
	else
		snprintf(buffer, HUMAN_SIZE, "%lld d", age / 86400);
	return buffer;
}

const char *human_time(int64_t utc_ns, char buffer[HUMAN_SIZE])
{
	time_t seconds = utc_ns / SECOND_NS;
	struct tm local;
	if (utc_ns == 0 || !localtime_r(&seconds, &local) ||
	    strftime(buffer, HUMAN_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		snprintf(buffer, HUMAN_SIZE, "-");
	return buffer;
}

const char *human_layout(const json_t *stream, char buffer[HUMAN_SIZE])
{
	const char *codec = field_text(stream, "codec");
	if (*codec)
		snprintf(buffer, HUMAN_SIZE, "%s packets", codec);
	else if (field_integer(stream, "width") > 0)
		snprintf(buffer, HUMAN_SIZE, "%lldx%lld %s", (long long)field_integer(stream, "width"),
			 (long long)field_integer(stream, "height"), field_text(stream, "pixel_format"));
	else if (field_integer(stream, "sample_rate") > 0)
		snprintf(buffer, HUMAN_SIZE, "%lld Hz %lld ch %s", (long long)field_integer(stream, "sample_rate"),
			 (long long)field_integer(stream, "channels"), field_text(stream, "sample_format"));
	else
		snprintf(buffer, HUMAN_SIZE, "%s",
			 strcmp(field_text(stream, "media"), "packet") == 0 ? "packets" : "-");
	return buffer;
}
