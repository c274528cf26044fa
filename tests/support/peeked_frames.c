/* peeked_frames.c: in the source worker of a build with the address sanitizer: FFmpeg 5.1 never frees the frame that
 * its lavfi input, which calls this function, has peeked at when it is closed. That is no leak of ours. */
#include <dlfcn.h>
#include <libavfilter/buffersink.h>
#include <sanitizer/lsan_interface.h>

__attribute__((visibility("default"))) int av_buffersink_get_frame_flags(AVFilterContext *sink, AVFrame *frame,
									 int flags)
{
	int (*of_ffmpeg)(AVFilterContext *, AVFrame *, int) = dlsym(RTLD_NEXT, "av_buffersink_get_frame_flags");
	if (!(flags & AV_BUFFERSINK_FLAG_PEEK))
		return of_ffmpeg(sink, frame, flags);
	__lsan_disable();
	int r = of_ffmpeg(sink, frame, flags);
	__lsan_enable();
	return r;
}
