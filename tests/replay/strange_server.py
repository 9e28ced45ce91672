"""A server whose answers are no answers:  strange_server.py html|entity|deep|wrong-root|cut"""
import http.server
import sys

BODIES = {
    "html": (500, "<html><p>broken"),
    "entity": (200, '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><CreateVpcResponse>&b;</CreateVpcResponse>'),
    "deep": (200, "<a>" * 5000 + "</a>" * 5000),
    "wrong-root": (200, "<ListAllMyBucketsResult></ListAllMyBucketsResult>"),
    "cut": (200, "<CreateVpcResponse><vpc>"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = BODIES[sys.argv[1]]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments):
        pass


SERVER = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("serving on http://127.0.0.1:%d/" % SERVER.server_port, flush=True)
SERVER.serve_forever()
