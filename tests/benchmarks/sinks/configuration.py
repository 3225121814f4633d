"""nginx's configuration: one server for each vendor, which reads the whole request and answers as the vendor does.

Debian's echo module reads the body, so that the log can hold it, and waits without holding up anybody.
https://github.com/openresty/echo-nginx-module
"""

from collections.abc import Mapping
from pathlib import Path

MODULE = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
LOG, CA, CERTIFICATE, KEY = "pushes.log", "ca.pem", "server.pem", "server-key.pem"
#: A log of 64 kB is written at once, a smaller one after this.
FLUSH_MS = 100

_MAIN = """\
load_module {module};
daemon off;
{user}
worker_processes {processes};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
http {{
  log_format push escape=none '$msec $request_time $uri $http_apns_id $request_body';
  access_log off;
  default_type application/json;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  ssl_certificate {folder}/{certificate};
  ssl_certificate_key {folder}/{key};
  ssl_protocols TLSv1.2 TLSv1.3;
{servers}
}}
"""
_SERVER = """\
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=4096;
    http2_max_concurrent_streams {streams};
    client_body_buffer_size {body};
{locations}
  }}
"""
#: A 200 without a body, as Apple sends it, needs ``return``, and ``return`` alone would not read the request.
_APNS = """\
    location /3/device/ {{
      echo_read_request_body;{delay}
      echo_exec @accepted;
    }}
    location @accepted {{
      access_log {folder}/{log} push buffer=64k flush={flush}ms;
      add_header apns-id $http_apns_id;
      return 200;
    }}
"""
_JSON = """\
    location {path} {{
      access_log {folder}/{log} push buffer=64k flush={flush}ms;
      echo_read_request_body;{delay}
      echo '{answer}';
    }}
"""
_TOKEN = """\
    location {} {{ return 200 '{{"access_token":"bench","expires_in":3600,"token_type":"Bearer"}}'; }}
"""
_FCM = '{"name":"projects/bench/messages/0:$request_id"}'
_HUAWEI = '{"code":"80000000","msg":"Success","requestId":"$request_id"}'


def configuration(folder: Path, ports: Mapping[str, int], *, delay_ms: int, processes: int, is_root: bool) -> str:
    """Return the text of the file. An answer to a push waits for ``delay_ms``; nginx has so many ``processes``."""
    common = {
        "folder": folder,
        "log": LOG,
        "flush": FLUSH_MS,
        "delay": f" echo_sleep {delay_ms / 1000:.3f};" if delay_ms else "",
    }
    # Streams: Apple takes about a thousand, Google's front ends a hundred.
    servers = (
        _server(ports["apns"], 1000, "16k", _APNS.format(**common)),
        _server(ports["fcm"], 100, "16k", _JSON.format(path="/v1/", answer=_FCM, **common) + _TOKEN.format("/token")),
        _server(
            ports["huawei"],
            100,
            "512k",  # a thousand tokens
            _JSON.format(path="/v1/", answer=_HUAWEI, **common) + _TOKEN.format("/oauth2/v3/token"),
        ),
    )
    return _MAIN.format(
        module=MODULE,
        # Started by root, nginx would change to a user who cannot enter the folder.
        user="user root;" if is_root else "",
        processes=processes,
        folder=folder,
        certificate=CERTIFICATE,
        key=KEY,
        servers="".join(servers),
    )


def _server(port: int, streams: int, body: str, locations: str) -> str:
    return _SERVER.format(port=port, streams=streams, body=body, locations=locations)
