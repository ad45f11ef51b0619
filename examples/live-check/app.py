# The app of the live check on Azure: healthy until it gets `POST /break`, and then no more. One replica of each revision runs,
# so that one request breaks all of it. The script hands this text to `python3 -c`.
import http.server

broken = False


class App(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.send_response(500 if broken else 200)
        self.send_header("content-length", "3")
        self.end_headers()
        self.wfile.write(b"no\n" if broken else b"ok\n")

    def do_GET(self):
        self.answer()

    def do_POST(self):
        global broken
        broken = broken or self.path == "/break"
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer()


http.server.ThreadingHTTPServer(("", 8080), App).serve_forever()
