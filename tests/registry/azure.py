"""A registry as Azure's answers: in front of a real one, with Azure's way to sign in. Beside it a proxy that leads every
name to it, so that a client finds it at its own name.

Arguments: the port of the registry behind, a certificate with its key in PEM for the name, and the ARM token that is known.
Prints the port of the proxy, then a line for each request: its method, path and whether it was let in.
"""

import http.client
import json
import socket
import ssl
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEHIND, PEM, ARM_TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
NAME = "team.azurecr.io"
REFRESH, ACCESS = "refresh-token-of-the-registry", "access-token-of-the-registry"


class Registry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in fields):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        print(self.command, self.path.split("?")[0], status, flush=True)

    def as_json(self, status, value):
        self.answer(status, json.dumps(value).encode(), [("content-type", "application/json")])

    def handle_all(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.path == "/oauth2/exchange":
            form = dict(urllib.parse.parse_qsl(body.decode()))
            known = (form.get("grant_type"), form.get("service"), form.get("access_token"))
            if known == ("access_token", NAME, ARM_TOKEN):
                return self.as_json(200, {"refresh_token": REFRESH})
            return self.as_json(401, {"errors": [{"code": "UNAUTHORIZED"}]})
        if self.path == "/oauth2/token":
            form = dict(urllib.parse.parse_qsl(body.decode()))
            known = (form.get("grant_type"), form.get("service"), form.get("refresh_token"))
            if known == ("refresh_token", NAME, REFRESH) and form["scope"].startswith("repository:team/"):
                return self.as_json(200, {"access_token": ACCESS})
            return self.as_json(401, {"errors": [{"code": "UNAUTHORIZED"}]})
        if self.headers.get("authorization") != f"Bearer {ACCESS}":
            challenge = f'Bearer realm="https://{NAME}/oauth2/token",service="{NAME}",scope="any"'
            return self.answer(401, fields=[("www-authenticate", challenge)])
        behind = http.client.HTTPConnection("127.0.0.1", BEHIND)
        fields = {"host": NAME, "x-forwarded-proto": "https", "content-length": str(length)}
        for name in ("accept", "content-type"):
            if self.headers.get(name):
                fields[name] = self.headers[name]
        behind.request(self.command, self.path, body, fields)
        response = behind.getresponse()
        kept = [
            (name, value)
            for name, value in response.getheaders()
            if name.lower() not in ("connection", "transfer-encoding", "date")
        ]
        return self.answer(response.status, response.read(), kept)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_all


def tunnel(client, port):
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")

    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One of the two has ended.

    threading.Thread(target=copy, args=(server, client), daemon=True).start()
    copy(client, server)


registry = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(PEM)
registry.socket = context.wrap_socket(registry.socket, server_side=True)
threading.Thread(target=registry.serve_forever, daemon=True).start()

proxy = socket.create_server(("127.0.0.1", 0))
print(proxy.getsockname()[1], flush=True)
while True:
    accepted, _ = proxy.accept()
    threading.Thread(target=tunnel, args=(accepted, registry.server_port), daemon=True).start()
