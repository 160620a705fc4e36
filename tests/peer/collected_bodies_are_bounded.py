#!/usr/bin/env python3
"""Promise: what a worker sets aside for bodies that it collects whole is bounded. Who comes when it is taken is told so and may come
again; who was let in before is served.

Spec: TS-0004 6.6.3 (5103); design: at a bound, new work is refused, old work goes on
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.registering import CREATED, DELETED, RegistryCase, an_ae, serialise  # noqa: E402

BUSY = (503, 5103)
LABELS = ["x" * 2000]  # what is left beside a body of unknown length is as large as its head
SERVER = 'watch_files = false\nmax_collected = "64KiB"'


def half(connection, origin, target="/cse-in", ty=2, expect=False):
    """Everything of a request but its last chunk, which goes with `rest`."""
    head, body = connection.encode("POST", target, origin=origin, ty=ty, body=[serialise(an_ae())], chunked=True).split(b"\r\n\r\n", 1)
    lines = head + (b"\r\nExpect: 100-continue" if expect else b"") + b"\r\n\r\n"
    return lines + body.removesuffix(b"0\r\n\r\n"), b"0\r\n\r\n"


class Crowded(RegistryCase):
    STAGE = RegistryCase.STAGE | {"workers": 1, "server": SERVER}
    CONTAINER = CREATED  # what a <container> is answered meanwhile

    @staticmethod
    def create_container(connection, stem):
        return connection.request("POST", f"/{stem}", origin=stem, ty=3, body={"m2m:cnt": {"lbl": LABELS}})

    def crowded(self):
        return self.proxy.metrics().sum("crowded_requests_total")

    def take_all(self, connection, stem):
        """A registration of unknown length takes as much as one may have."""
        begun, rest = half(connection, stem)
        connection.send(begun)
        with self.node() as probe:
            wait_until(lambda: self.register(probe, self.a_stem(), lbl=LABELS).rsc == BUSY[1], 10, "the room to be taken")
        return rest

    def test_new_ones_are_refused_and_old_ones_served(self):
        before = self.crowded()
        first, second = self.a_stem(), self.a_stem()
        with self.node() as slow, self.node() as other:
            rest = self.take_all(slow, first)
            answer = self.register(other, second, lbl=LABELS, headers=[("X-M2M-RI", "it")])
            self.assert_answer(answer, *BUSY)
            self.assertEqual("it", answer.header("X-M2M-RI"))
            self.assertGreater(self.crowded(), before)
            slow.send(rest)
            self.assert_answer(slow.read(), *CREATED)
            self.assert_answer(self.register(other, second, lbl=LABELS), *CREATED)
        self.assertLessEqual({first, second}, set(self.records.all()))

    def test_what_is_not_collected_goes_on(self):
        stem = self.a_stem()
        with self.node() as slow, self.node() as other:
            self.registered(other, stem)
            rest = self.take_all(slow, self.a_stem())
            self.assert_may_speak(other, stem)
            self.assert_answer(self.create_container(other, stem), *self.CONTAINER)
            slow.send(rest)
            self.assert_answer(slow.read(), *CREATED)
            self.assert_answer(self.create_container(other, stem), *CREATED)
            self.assert_answer(other.request("DELETE", f"/{stem}", origin=stem), *DELETED)

    def test_the_room_of_who_leaves_is_free_again(self):
        stem = self.a_stem()
        with self.node() as slow:
            self.take_all(slow, self.a_stem())
        with self.node() as other:
            wait_until(lambda: self.register(other, stem, lbl=LABELS).rsc == CREATED[1], 10, "the room to be free")

    def test_nobody_is_asked_to_go_on_who_is_refused(self):
        with self.node() as slow, self.node() as other:
            rest = self.take_all(slow, self.a_stem())
            begun, _ = half(other, self.a_stem(), expect=True)
            other.send(begun[:begun.index(b"\r\n\r\n") + 4])
            self.assert_answer(other.read_interim(), *BUSY)
            slow.send(rest)
            self.assert_answer(slow.read(), *CREATED)


class WholeRequests(Crowded):
    """A CSE that takes its requests in one write: the same bound holds for everything with a body."""
    STAGE = Crowded.STAGE | {"cse": 'whole_requests = true\nmax_request = "64KiB"'}
    CONTAINER = BUSY


if __name__ == "__main__":
    main()
