"""An HTTPS server that answers as the API of a Prometheus does, to those who have its token. Prints its port.

The path before /api/v1 chooses how: /good counts, /busy, /broken, /partial, /nan and /page do not.
Usage: prometheus.py FOLDER, which has server.pem and key.pem.
"""
import http.server
import json
import ssl
import sys
import urllib.parse

TOKEN = "Bearer tea-for-two"


def matrix(form):
    """1,000 requests to stable a slice and 100 to the canary, of which 2 and 0 fail."""
    start, end, step = (int(form[name][0]) for name in ("start", "end", "step"))
    failed = 'code=~"5.."' in form["query"][0].split("count(")[0]
    counts = {"stable": "2" if failed else "1000", "canary": "0" if failed else "100"}
    times = range(start, end + 1, step)
    return [
        {"metric": {"revision": revision}, "values": [[time, count] for time in times]}
        for revision, count in counts.items()
    ]


def answer(mode, form):
    """The status and the body."""
    good = {"status": "success", "data": {"resultType": "matrix", "result": matrix(form)}}
    if mode == "busy":
        return 429, json.dumps({"status": "error", "errorType": "unavailable", "error": "too many queries"})
    if mode == "broken":
        return 400, json.dumps({"status": "error", "errorType": "bad_data", "error": "parse error: unexpected end"})
    if mode == "partial":
        good["warnings"] = ["one of the stores did not answer"]
    if mode == "nan":
        good["data"]["result"][0]["values"][0][1] = "NaN"
    return 200, "<html>sign in</html>" if mode == "page" else json.dumps(good)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        _, mode, *api = self.path.split("/")
        status, text = 404, ""
        if self.headers["authorization"] != TOKEN:
            status = 401
        elif api == ["api", "v1", "query_range"]:
            status, text = answer(mode, urllib.parse.parse_qs(body))
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/server.pem", sys.argv[1] + "/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
