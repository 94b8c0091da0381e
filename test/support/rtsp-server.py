# An RTSP server made of GStreamer's, for tests. Prints its two ports, then serves until its standard input ends.
#   rtsp-server.py PORT H264-FILE USER PASSWORD
# On the first port (PORT, or a free one for 0): /h264 is the file, /mjpeg a test picture as RTP/JPEG, /udp the same, not
# over TCP. On the second one: /mjpeg for the user alone, by Digest.
import sys
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

port, video, user, password = sys.argv[1:5]
Gst.init(None)

H264 = f'( filesrc location="{video}" ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=-1 )'
RAW = "videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=15/1"
MJPEG = f"( {RAW} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"


def serve(service, mounts, auth=None):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(service)
    for path, (launch, transports) in mounts.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch)
        factory.set_shared(True)
        factory.set_protocols(transports)
        if auth:
            factory.add_role_from_structure(
                Gst.Structure.from_string(
                    "viewer,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
                )[0]
            )
        server.get_mount_points().add_factory(path, factory)
    if auth:
        server.set_auth(auth)
    if server.attach(None) == 0:
        sys.exit("the port is taken")
    return server


both = GstRtsp.RTSPLowerTrans.UDP | GstRtsp.RTSPLowerTrans.TCP
login = GstRtspServer.RTSPAuth()
login.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
login.add_digest(user, password, token)

first = serve(port, {"/h264": (H264, both), "/mjpeg": (MJPEG, both), "/udp": (MJPEG, GstRtsp.RTSPLowerTrans.UDP)})
second = serve("0", {"/mjpeg": (MJPEG, both)}, login)
print(first.get_bound_port(), second.get_bound_port(), flush=True)

loop = GLib.MainLoop()
ended = GLib.IOCondition.HUP | GLib.IOCondition.IN
GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, ended, lambda *_: loop.quit())
loop.run()
