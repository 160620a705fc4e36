"""A small IN-CSE that holds the rules of a service provider; it can be told to be slow, to lie, and to go away."""

import http.server
import json
import threading
import time
import urllib.parse


class InCse:
    """`nodes`: CSE-ID -> list of rule names, None for a node without the attribute; `rules`: name -> attributes of m2m:asar.
    `answer`: a function (path, query) -> (code, object or bytes) instead of the tables; None for a question it leaves to them."""

    def __init__(self, port=0, tls=None):
        self._tls = tls  # an ssl context: it is asked over TLS
        self.nodes, self.rules = {}, {}
        self.answer = None
        self.delay = 0.0
        self.gate = threading.Event()  # while it is clear nobody is answered
        self.gate.set()
        self.asked = []
        self.port = port
        self._server = None
        self.start()

    def start(self):
        self._server = _Server(("127.0.0.1", self.port), self)
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Ends all connections, too."""
        if self._server is not None:
            self._server.shutdown()
            self._server.end_all()
            self._server.server_close()
            self._server = None

    def reset(self):
        self.nodes, self.rules, self.answer, self.delay = {}, {}, None, 0.0
        self.gate.set()

    def allow(self, name, credentials, stems, app_ids=("*",), cse="/cse1"):
        self.rules[name] = {"apci": list(credentials), "aai": list(app_ids), "aae": list(stems)}
        self.nodes[cse] = (self.nodes.get(cse) or []) + [name]

    def reply(self, target):
        path, _, query = target.partition("?")
        self.asked.append(target)
        query = dict(urllib.parse.parse_qsl(query))
        told = self.answer(path, query) if self.answer else None
        return told or self._from_tables(path.lstrip("/"), query)

    def _from_tables(self, name, query):
        if query.get("fu") == "1":
            return 2000, {"m2m:uril": [f"in/node-{cse[1:]}" for cse in self.nodes if query.get("csi", cse) == cse]}
        if name == "in" and query.get("ty") == "11":
            return 2000, {"m2m:cb": {"ri": "in", "m2m:mssp": [{"ri": "profile", "ty": 11}]}}
        if name == "profile":
            return 2000, {"m2m:mssp": {"ri": "profile", "m2m:svsn": [self._node(cse) for cse in self.nodes]}}
        cse = "/" + name.removeprefix("in/node-")
        if name.startswith("in/node-") and cse in self.nodes:
            return 2000, {"m2m:svsn": self._node(cse)}
        if name in self.rules:
            return 2000, {"m2m:asar": {"ty": 19, "ri": name, **self.rules[name]}}
        return 4004, {"m2m:dbg": "not here"}

    def _node(self, cse):
        node = {"ty": 20, "csi": cse, "ni": "n" + cse[1:]}
        return node if self.nodes[cse] is None else node | {"rlk": self.nodes[cse]}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address, cse):
        self.cse = cse
        self._open = set()
        super().__init__(address, _Handler)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # saproxy may go away in the middle

    def end_all(self):
        for request in list(self._open):
            self.shutdown_request(request)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        cse = self.server.cse
        cse.gate.wait(60)
        time.sleep(cse.delay)
        code, content = cse.reply(self.path)
        if callable(content):
            return content(self.wfile)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(200 if code == 2000 else 404)
        self.send_header("X-M2M-RSC", str(code))
        self.send_header("X-M2M-RI", self.headers["X-M2M-RI"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
