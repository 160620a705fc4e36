#!/usr/bin/env python3
"""Promise: a certificate that is revoked, an anchor that is removed or a key that is taken away ends its live associations at the reload,
with all that still waits on them; nobody else notices.

Spec: invariant 7
"""
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import stage  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.fake_cse import FakeCse, answer, read_head  # noqa: E402
from saproxy.process import wait_until  # noqa: E402


class Reload(StageCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))


class Trust(Reload):
    STAGE = {"pki": stage.DemoPki()}  # of its own: what is revoked stays revoked

    def anchors(self, *names, lists=""):
        paths = ", ".join(f'"{self.pki.path(name)}"' for name in names)
        return f"anchors = [{paths}]\n{lists}"

    def test_removed_anchor(self):
        with self.stage.certificate("ae-c") as gone, self.stage.psk() as stays:
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            self.assert_answer(stays.request(origin="Cpsk"), 200, 2000)
            self.proxy.reload(self.stage.text(trust=self.anchors("device-root.crt")))
            self.assertTrue(gone.ended())
            self.assert_answer(stays.request(origin="Cpsk"), 200, 2000)
        self.proxy.wait_for_log("association_end", self.mark, reason="rejudged")

    def test_revoked_certificate(self):
        lists = f'crls = ["{self.pki.path("all.crl")}"]'
        trust = self.anchors("root.crt", "device-root.crt", lists=lists)
        with self.stage.certificate("ae-s") as gone, self.stage.certificate("ae-c") as stays:
            self.assert_answer(gone.request(origin="Sdemo"), 200, 2000)
            self.assert_answer(stays.request(origin="Cdemo"), 200, 2000)
            self.pki.revoke("ae-s")
            self.proxy.reload(self.stage.text(trust=trust))
            self.assertTrue(gone.ended())
            self.assert_answer(stays.request(origin="Cdemo"), 200, 2000)


class WhatWaits(Reload):
    def test_pipelined_request_of_an_ended_association_is_not_forwarded(self):
        seen, may_answer = [], threading.Event()

        def serve(connection):
            while True:
                head, _ = read_head(connection)
                if b"X-M2M-Origin" not in head:  # a look at our health
                    return
                seen.append(head)
                may_answer.wait(60)
                connection.sendall(answer())

        with FakeCse(serve) as cse:
            self.proxy.reload(self.stage.text(address=cse.address))
            # Its client does not answer the end of the session: the connection lingers until after the first answer.
            with self.stage.certificate() as gone, self.stage.psk() as other:
                gone.send(gone.encode(origin="Cdemo") + gone.encode(origin="Cdemo"))
                wait_until(lambda: seen, 10, "the first request to reach the CSE")
                self.proxy.reload(self.stage.text(address=cse.address, frameworks='["psk", "raw-public-key"]'))
                self.assertTrue(gone.ended())
                may_answer.set()
                self.assert_answer(other.request(origin="Cpsk"), 200, 2000)
            self.assertEqual(1, sum(b"Cdemo" in head for head in seen), seen)


class TheCseMoves(Reload):
    def test_a_busy_connection_to_the_old_address_is_not_used_again(self):
        from small_cse.harness import SmallCse
        self.cse.control("/delay?ms=600")
        self.addCleanup(self.cse.control, "/delay?ms=0")
        with SmallCse("--open-access") as new, self.stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(self.recorded, 10, "the request to reach the old address")
            self.proxy.reload(self.stage.text(address=f"http://127.0.0.1:{new.port}"))
            self.assert_answer(connection.read(), 200, 2000)
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.assertEqual(1, len(self.recorded()))
            self.assertEqual(1, len([record for record in new.recorded() if record["raw"]]))


if __name__ == "__main__":
    main()
