"""nginx with its RTMP module: live RTMP and HLS, files over HTTP with ranges, a password, redirects, errors, uploads.

/media/FILE      the files of the folder `media`, with ranges
/private/FILE    the same behind basic authentication
/redirect/FILE   302 to /media/FILE
/unavailable/    503
/hls/NAME.m3u8   what is being pushed to rtmp_url(NAME)
/upload/NAME     PUT and DELETE into the folder `upload`

What is pushed to rtmp_url(NAME, "recorded") is kept as NAME.flv in the folder `recorded`.
"""

import os
import pathlib
from urllib.parse import quote

from support.process import Process

CONFIG = """
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
{user}
worker_processes 1;
pid nginx.pid;
error_log /dev/stderr notice;
events {{ worker_connections 256; }}
rtmp {{
    access_log /dev/stderr;
    server {{
        listen 127.0.0.1:{rtmp_port};
        application live {{
            live on;
            hls on;
            hls_path "{hls}";
            hls_fragment 1s;
            hls_playlist_length 6s;
        }}
        application recorded {{
            live on;
            record all;
            record_path "{recorded}";
        }}
    }}
}}
http {{
    include /etc/nginx/mime.types;
    access_log /dev/stderr;
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    server {{
        listen 127.0.0.1:{http_port};
        root .;
        location /media/ {{ }}
        location /private/ {{
            alias media/;
            auth_basic framebroker;
            auth_basic_user_file password;
        }}
        location /redirect/ {{ rewrite ^/redirect/(.*)$ http://127.0.0.1:{http_port}/media/$1 redirect; }}
        location /unavailable/ {{ return 503; }}
        location /hls/ {{ add_header Cache-Control no-cache; }}
        location /upload/ {{
            dav_methods PUT DELETE;
            create_full_put_path on;
            client_max_body_size 200m;
        }}
    }}
}}
"""


class Nginx(Process):
    """Serves the folders `media`, `hls`, `upload` and `recorded` below its own folder in `tmp`."""

    def __init__(self, tmp, http_port, rtmp_port, user="cam", password="secret"):
        self.http_port = http_port
        self.rtmp_port = rtmp_port
        self.user = user
        self.password = password
        folder = pathlib.Path(tmp) / "nginx"
        self.media = folder / "media"
        self.hls = folder / "hls"
        self.upload = folder / "upload"
        self.recorded = folder / "recorded"
        for each in (self.media, self.hls, self.upload, self.recorded, folder / "tmp"):
            each.mkdir(parents=True, exist_ok=True)
        (folder / "password").write_text(f"{user}:{{PLAIN}}{password}\n")
        # As root, the workers would drop to a user who cannot enter the test's folder.
        run_as = "user root;" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(user=run_as, hls=self.hls, recorded=self.recorded, http_port=http_port,
                                        rtmp_port=rtmp_port))
        super().__init__(["/usr/sbin/nginx", "-e", "/dev/stderr", "-p", folder, "-c", config], tmp, name="nginx")
        self.wait_port(http_port)
        self.wait_port(rtmp_port)

    def http_url(self, path, login=False):
        user = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if login else ""
        return f"http://{user}127.0.0.1:{self.http_port}{path}"

    def rtmp_url(self, name, application="live"):
        return f"rtmp://127.0.0.1:{self.rtmp_port}/{application}/{name}"
