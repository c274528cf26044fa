#!/usr/bin/python3
"""An RTSP server that stands in for a camera: /test (H.264 and AAC), /h265, /mjpeg, and /file when a clip is given; and
for a media server: H.264 pushed to /in is played at /out.

Run it with Debian's own Python, which has gi. Prints "listening" when it accepts connections. See rtsp.py.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PICTURE = "videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate={rate}/1"
MOUNTS = {
    "/test": PICTURE.format(rate=25) +
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph264pay config-interval=-1 name=pay0 pt=96"
    " audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! rtpmp4gpay name=pay1 pt=97",
    "/h265": PICTURE.format(rate=25) +
    " ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! rtph265pay config-interval=-1 name=pay0 pt=96",
    "/mjpeg": PICTURE.format(rate=10) + " ! jpegenc ! rtpjpegpay name=pay0 pt=26",
}
FILE = "filesrc location=\"{clip}\" ! qtdemux name=demux demux.video_0 ! queue ! h264parse" \
    " ! rtph264pay config-interval=-1 name=pay0 pt=96"
FILE_SOUND = " demux.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
IN = "rtph264depay name=depay0 ! h264parse config-interval=-1 ! rtph264pay config-interval=-1 pt=96" \
    " ! udpsink host=127.0.0.1 port={port} sync=false"
OUT = "udpsrc address=127.0.0.1 port={port}" \
    " caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96" \
    " ! rtph264depay ! h264parse ! rtph264pay config-interval=-1 name=pay0 pt=96"
ROLE = "viewer"


def add_mount(server, path, pipeline, shared, push=False):
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role(ROLE)
    permissions.add_permission_for_role(ROLE, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    permissions.add_permission_for_role(ROLE, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {pipeline} )")
    factory.set_shared(shared)
    factory.set_permissions(permissions)
    if push:
        factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
        factory.set_latency(50)
    server.get_mount_points().add_factory(path, factory)


def require_password(server, user, password, digest):
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    auth = GstRtspServer.RTSPAuth()
    if digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("--clip", help="H.264 in MP4, played from its start for each client of /file")
    parser.add_argument("--sound", action="store_true", help="the clip has AAC, too")
    parser.add_argument("--pass-on", metavar="PORT", help="a free UDP port: what is pushed to /in is played at /out")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true", help="digest instead of basic authentication")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    server.get_thread_pool().set_max_threads(8)  # a media that cannot start must not stall the other clients
    for path, pipeline in MOUNTS.items():
        add_mount(server, path, pipeline, shared=True)
    if options.clip:
        pipeline = FILE + (FILE_SOUND if options.sound else "")
        add_mount(server, "/file", pipeline.format(clip=options.clip), shared=False)
    if options.pass_on:
        add_mount(server, "/in", IN.format(port=options.pass_on), shared=False, push=True)
        add_mount(server, "/out", OUT.format(port=options.pass_on), shared=True)
    if options.user:
        require_password(server, options.user, options.password, options.digest)
    if not server.attach(None):
        sys.exit(f"cannot listen on port {options.port}")
    print("listening", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
