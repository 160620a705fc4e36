"""Runs a small CSE beside a Python test.

    with SmallCse("--quirks", "tinyiot") as cse:
        cse.port, cse.control("/stats"), cse.fail("hang"), cse.recorded()
"""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

_LAUNCHER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "small-cse")


class SmallCse:
    """A process with a control port; ends with the `with` block."""

    def __init__(self, *arguments):
        self._arguments = arguments
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.process = None
        self.port = self.control_port = None

    def __enter__(self):
        command = [sys.executable, _LAUNCHER, "--control-port", "0", *self._arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while self.control_port is None:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"small-cse ended with {self.process.wait()}")
            if match := re.fullmatch(r"listening on [^/]*:(\d+)\n", line):
                self.port = int(match[1])
            elif match := re.fullmatch(r"control on .*:(\d+)\n", line):
                self.control_port = int(match[1])
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(10)
        self.process.stdout.close()
        return status

    def control(self, path):
        """GET on the control port; raises ValueError with the text of a refusal."""
        try:
            with self._opener.open(f"http://127.0.0.1:{self.control_port}{path}", timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise ValueError(json.load(refusal)["error"]) from None

    def fail(self, mode, **options):
        return self.control(f"/fail?mode={mode}" + "".join(f"&{key}={value}" for key, value in options.items()))

    def stats(self):
        return self.control("/stats")

    def reset(self):
        return self.control("/reset")

    def recorded(self, since=0):
        """Records as dictionaries; `raw` and `body` are bytes, `fields` is added: lower-case name -> list of values."""
        records = self.control(f"/recorded?since={since}")
        for record in records:
            record["raw"] = base64.b64decode(record["raw"])
            record["body"] = base64.b64decode(record["body"])
            record["fields"] = {}
            for name, value in record["headers"] or ():
                record["fields"].setdefault(name.lower(), []).append(value)
        return records
