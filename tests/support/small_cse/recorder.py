"""Keeps what arrived at the oneM2M port, byte for byte.

File format: one JSON object a line, appended with one write(2) before the request is answered:
  seq         1, 2, ... over all connections, in order of completion
  connection  number of the connection, 1, 2, ...
  complete    true: a whole request; false: the peer closed, or the bytes were no request
  error       why it was no request; null otherwise
  raw         base64 of the exact bytes: request line, headers, empty line, body with its chunk framing
  method, target, version    as received; null if the head could not be read
  headers     [[name, value], ...] in order, spelling kept, duplicates kept
  body        base64 of the body, chunk framing removed
"""

import base64
import json
import os
from collections import deque

MAX_KEPT_REQUESTS = 20_000
MAX_KEPT_BYTES = 64 * 1024 * 1024


class Recorder:
    """Appends to a file, keeps the latest in memory, or both. Costs nothing when it does neither."""

    def __init__(self, path=None, keep=False):
        self.active = bool(path) or keep
        self._keep = keep
        self._file = -1
        self._kept = deque()
        self._kept_bytes = 0
        self._sequence = 0
        if path:
            if os.path.isdir(path) or path.endswith("/"):
                os.makedirs(path, exist_ok=True)
                path = os.path.join(path, "requests.jsonl")
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def add(self, connection, request, raw, error=None, complete=True):
        """`request` is None when the head could not be read."""
        self._sequence += 1
        entry = (self._sequence, connection, request, raw, error, complete)
        if self._file >= 0:
            os.write(self._file, json.dumps(_as_json(entry)).encode() + b"\n")
        if self._keep:
            self._kept.append(entry)
            self._kept_bytes += len(raw)
            while len(self._kept) > MAX_KEPT_REQUESTS or self._kept_bytes > MAX_KEPT_BYTES:
                self._kept_bytes -= len(self._kept.popleft()[3])

    def entries(self, since=0):
        """The kept records with seq > since, in the format of the file."""
        return [_as_json(entry) for entry in self._kept if entry[0] > since]

    def reset(self):
        """Forgets what is kept in memory; the file and the numbering go on."""
        self._kept.clear()
        self._kept_bytes = 0


def _as_json(entry):
    sequence, connection, request, raw, error, complete = entry
    return {
        "seq": sequence,
        "connection": connection,
        "complete": complete,
        "error": error,
        "raw": base64.b64encode(raw).decode(),
        "method": request and request.method,
        "target": request and request.target,
        "version": request and request.version,
        "headers": request and request.headers,
        "body": base64.b64encode(request.body).decode() if request else "",
    }
