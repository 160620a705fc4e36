"""What the small CSE promises as one of several: it registers at another, and requests find their way (TS-0004 7.3.2.6)."""

import unittest
from urllib.parse import quote

from peer import Receiver, SmallCse, ask, register


class Pair(unittest.TestCase):
    """`low`, the CSE "/mn1", below `top`, the CSE "/cse1"."""

    def start(self, top_quirks="none", low_quirks="none"):
        self.top = self.enterContext(SmallCse("--quirks", top_quirks, "--open-access"))
        self.low = self.enterContext(
            SmallCse("--cse-id", "/mn1", "--name", "cse-mn", "--quirks", low_quirks, "--open-access")
        )

    def control(self, what, **options):
        more = "".join(f"&{name}={quote(value, safe='')}" for name, value in options.items())
        return self.low.control(f"/{what}?url=http://127.0.0.1:{self.top.port}&name=cse-in{more}")

    def register(self, **options):
        done = self.control("register", id="/cse1", **options)
        self.assertEqual((done["created"], done["retrieved"]), (2001, 2000), done)
        return done

    def last(self, cse, part=""):
        return [record for record in cse.recorded() if record["raw"] and part in record["target"]][-1]

    def expect(self, reply, rsc):
        self.assertEqual(reply.rsc, rsc, reply.body)
        return reply


class Forwarding(Pair):
    # What is in front of the CSE-ID, and what is left of the target.
    ROWS = (
        ("none", "/here/~/mn1/cse-mn/low", "/~/cse1/cse-in"),
        ("tinyiot", "/~/mn1/cse-mn/low", "/~/cse1/cse-in"),
        ("mobius", "/~/mn1/cse-mn/low", "/~/cse1/cse-in"),
        ("mobius4", "/here/cse-mn/low", "/cse-in"),
    )

    def test_each_cse_has_its_own_way_to_write_a_target(self):
        for quirks, down, up in self.ROWS:
            with self.subTest(quirks):
                self.start(quirks, quirks)
                self.register()
                self.control("update", poa=f"http://127.0.0.1:{self.low.port}/here")
                self.expect(register(self.top, "Ctop"), 2001)
                ask(self.top, "GET", "/~/mn1/cse-mn/low?rcn=1", "Ctop")
                record = self.last(self.low, "low")
                self.assertEqual((down + "?rcn=1", ["/cse1/Ctop"]), (record["target"], record["fields"]["x-m2m-origin"]))
                self.expect(ask(self.low, "GET", "/~/cse1/cse-in", "Clow"), 2000)
                record = self.last(self.top, "cse-in")
                self.assertEqual((up, ["/mn1/Clow"]), (record["target"], record["fields"]["x-m2m-origin"]))

    def test_answers_and_refusals_come_back(self):
        self.start()
        self.register()
        self.expect(ask(self.top, "GET", "/~/mn1/cse-mn/nothing", "Ctop"), 4004)
        created = ask(self.low, "POST", "/~/cse1/cse-in", "Clow", 3, {"m2m:cnt": {"rn": "data"}})
        self.assertEqual("data", self.expect(created, 2001).json["m2m:cnt"]["rn"])

    def test_a_notification_goes_down_to_an_ae(self):
        self.start()
        self.register()
        with Receiver() as receiver:
            content = {"m2m:ae": {"api": "Ntest", "rr": True, "rn": "low", "poa": [receiver.url()]}}
            self.expect(ask(self.low, "POST", "/cse-mn", "Clow", 2, content), 2001)
            self.expect(ask(self.top, "POST", "/cse-in", "Ctop", 3, {"m2m:cnt": {"rn": "data"}}), 2001)
            subscription = {"m2m:sub": {"nu": ["/mn1/Clow"], "enc": {"net": [3]}}}
            self.expect(ask(self.low, "POST", "/~/cse1/cse-in/data", "Clow", 23, subscription), 2001)
            self.expect(ask(self.top, "POST", "/cse-in/data", "Ctop", 4, {"m2m:cin": {"con": "hi"}}), 2001)
            _, fields, _ = receiver.next()
            self.assertEqual("/cse1", fields["x-m2m-origin"])

    def test_nobody_knows_the_way(self):
        self.start()
        self.expect(ask(self.low, "GET", "/~/cse1/cse-in", "Clow"), 4004)
        self.register()
        self.expect(ask(self.top, "GET", "/~/mn9/x", "Ctop"), 4004)
        self.low.stop()
        self.expect(ask(self.top, "GET", "/~/mn1/cse-mn", "Ctop"), 5103)

    def test_descendants_are_behind_a_registree_and_all_else_behind_the_registrar(self):
        self.start()
        self.register(dcse="/mn2")
        lowest = self.enterContext(SmallCse("--cse-id", "/mn2", "--name", "cse-2", "--open-access"))
        lowest.control(f"/register?url=http://127.0.0.1:{self.low.port}&name=cse-mn&id=/mn1")
        self.expect(ask(self.top, "GET", "/~/mn2/cse-2", "Ctop"), 2000)
        self.assertEqual("/~/mn2/cse-2", self.last(self.low)["target"])
        self.expect(ask(lowest, "GET", "/~/cse1/cse-in", "Clowest"), 2000)
        self.assertEqual(["/mn2/Clowest"], self.last(self.top, "cse-in")["fields"]["x-m2m-origin"])


class Registering(Pair):
    def test_it_comes_and_goes(self):
        self.start()
        done = self.register()
        self.assertEqual([f"http://127.0.0.1:{self.low.port}"], done["csr"]["m2m:csr"]["poa"])
        self.assertEqual("/cse1", done["base"]["m2m:cb"]["csi"])
        self.assertEqual(4117, self.control("register", id="/cse1")["created"])
        self.assertEqual(2002, self.control("deregister")["deleted"])
        self.assertEqual(4004, self.control("deregister")["deleted"])

    def test_it_follows_the_registrars_point_of_access_or_its_configuration(self):
        elsewhere = self.enterContext(SmallCse())
        for quirks, follows in (("tinyiot", True), ("none", True), ("mobius", False), ("mobius4", False)):
            with self.subTest(quirks):
                self.top = self.enterContext(SmallCse("--poa", f"http://127.0.0.1:{elsewhere.port}", "--open-access"))
                self.low = self.enterContext(SmallCse("--cse-id", "/mn1", "--quirks", quirks, "--open-access"))
                self.register()
                elsewhere.reset()
                ask(self.low, "GET", "/~/cse1/cse-in", "Clow")
                self.assertEqual(follows, bool([r for r in elsewhere.recorded() if r["raw"]]))
