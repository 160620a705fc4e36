#!/usr/bin/env python3
"""Promise: a good configuration takes over at once without losing a request; a bad one changes nothing, is counted and explained.

Spec: design 2.3 (snapshot), invariant 7
"""
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, stage  # noqa: E402
from saproxy.cases import FULL, StageCase, expand, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402


class Reload(StageCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))

    def generation(self):
        return self.proxy.metrics().sum("config_generation")


BROKEN = [
    # what is wrong, how the text is changed
    ("no_toml", lambda text: text + "\n[cse\n"),
    ("unknown_key", lambda text: text.replace("[cse]", "[cse]\nunknown = 1")),
    ("unknown_table", lambda text: text + "\n[surprise]\na = 1\n"),
    ("bad_cse_id", lambda text: text.replace('id = "/cse1"', 'id = "cse 1"')),
    ("missing_file", lambda text: text.replace("server.crt", "no-such-file.crt")),
    ("key_of_another_certificate", lambda text: text.replace("server.key", "ae-c.key")),
    ("duplicate_psk", lambda text: text + stage.psk_table("ae-psk@sp.example.com", "00" * 16, 'ae = "Cother"')),
    ("bad_hex", lambda text: text.replace("hex:0011", "hex:zz11")),
    ("empty", lambda text: ""),
    ("port_taken", lambda text: text.replace('[[listener]]', '[[listener]]\nname = "other"\naddress = "127.0.0.1:1"\nframeworks = ["psk"]\n\n[[listener]]', 1)
        .replace("127.0.0.1:1\"", f"127.0.0.1:{TAKEN.getsockname()[1]}\"")),
]
TAKEN = clients.socket.create_server(("127.0.0.1", 0))


@expand(BROKEN)
class ABrokenConfiguration(Reload):
    def check(self, change):
        generation = self.generation()
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.proxy.reload(change(self.stage.text()), result="failed")
            self.assertEqual(generation, self.generation())
            self.assertEqual(0, self.proxy.metrics().sum("config_last_reload_success"))
            self.proxy.wait_for_log("message", self.mark, level="error")
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
        self.a_good_client_is_served()
        self.assertNotIn("00112233445566778899aabbccddeeff", self.proxy.text())


class FilesThatCannotBeUsed(Reload):
    def test_readable_for_others(self):
        os.chmod(self.proxy.config, 0o644)
        self.proxy.reload(result="failed")
        os.chmod(self.proxy.config, 0o600)
        self.proxy.reload()

    def test_gone(self):
        aside = self.proxy.config.with_suffix(".aside")
        self.proxy.config.rename(aside)
        self.proxy.reload(result="failed")
        aside.rename(self.proxy.config)
        self.proxy.reload()

    def test_replaced_by_symlink_swap(self):
        """As Kubernetes does it."""
        real = self.proxy.config.with_suffix(".real")
        real.touch(mode=0o600)
        real.write_text(self.stage.text(psks={"new": ("new@sp.example.com", "77" * 16, 'ae = "Cnew"')}))
        link = self.proxy.config.with_suffix(".link")
        link.unlink(missing_ok=True)
        link.symlink_to(real)
        link.rename(self.proxy.config)
        self.proxy.reload()
        with clients.http(clients.openssl_psk(self.stage.address, "new@sp.example.com", "77" * 16)) as connection:
            self.assert_answer(connection.request(origin="Cnew"), 200, 2000)
        self.proxy.config.unlink()


OTHER_RAW_KEY = '[[trusted_key]]\nkey_file = "{pki}/rpk-server.pub"\nae = "Cother"\n'


class AGoodConfiguration(Reload):
    def psks(self, **changes):
        return {name: entry for name, entry in (stage.PSKS | changes).items() if entry}

    def test_removed_psk_ends_its_associations_and_no_others(self):
        with self.stage.psk("ae") as gone, self.stage.psk("list") as stays, self.stage.certificate() as other:
            for connection, origin in ((gone, "Cpsk"), (stays, "Cx"), (other, "Cdemo")):
                self.assert_answer(connection.request(origin=origin), 200, 2000)
            self.proxy.reload(self.stage.text(psks=self.psks(ae=None)))
            self.assertTrue(gone.ended())
            self.assert_answer(stays.request(origin="Cx"), 200, 2000)
            self.assert_answer(other.request(origin="Cdemo"), 200, 2000)
        self.proxy.wait_for_log("association_end", self.mark, reason="rejudged")
        with self.stage.psk("ae") as again:
            self.assertTrue(again.ended())

    def test_changed_key_ends_its_associations(self):
        with self.stage.psk("ae") as connection:
            self.assert_answer(connection.request(origin="Cpsk"), 200, 2000)
            self.proxy.reload(self.stage.text(psks=self.psks(ae=("ae-psk@sp.example.com", "99" * 16, 'ae = "Cpsk"'))))
            self.assertTrue(connection.ended())

    def test_narrowed_identities_hold_for_live_associations(self):
        with self.stage.psk("list") as connection:
            self.assert_answer(connection.request(origin="Cabc"), 200, 2000)
            self.proxy.reload(self.stage.text(psks=self.psks(list=("list@sp.example.com", "a1" * 32, 'aes = ["Cx*"]'))))
            wait_until(lambda: self.proxy.metrics().sum("associations_narrowed_total") >= 1, 10, "the association to be judged again")
            self.cse.reset()
            self.assert_answer(connection.request(origin="Cabc"), 403, 4106)
            self.assert_nothing_forwarded()
            self.assert_answer(connection.request(origin="Cxyz"), 200, 2000)
            self.assertEqual(["Cx*"], self.the_only_request()["fields"]["x-m2m-sa-identities"])

    def test_removed_trust_anchor_and_raw_key_end_new_handshakes(self):
        node = '[[identity]]\ncredential = "34-urn:dev:ops:def010-NODE1-ADN1"\nae = "Cnode1"\n'
        self.proxy.reload(self.stage.text(trust=f'anchors = ["{self.pki.folder}/device-root.crt"]', identities=node + OTHER_RAW_KEY))
        with self.assertRaises((clients.TlsRefused, OSError, ConnectionEnded)):
            with self.stage.certificate("ae-c") as connection:
                connection.request(origin="Cdemo")
        with self.stage.raw_key() as connection:
            self.assertTrue(connection.ended())
        with self.stage.certificate("node-uri") as connection:
            self.assert_answer(connection.request(origin="Cnode1"), 200, 2000)

    def test_removed_raw_key_ends_its_associations(self):
        with self.stage.raw_key() as connection:
            self.assert_answer(connection.request(origin="Crpk1"), 200, 2000)
            self.proxy.reload(self.stage.text(identities=OTHER_RAW_KEY))
            self.assertTrue(connection.ended())

    def test_listener_comes_and_goes(self):
        more = '[[listener]]\nname = "second"\naddress = "127.0.0.1:{}"\nframeworks = ["certificate"]\n'
        with clients.socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.proxy.reload(self.stage.text(more=more.format(port)))
        channel = clients.TlsChannel(("127.0.0.1", port), self.pki.context("ae-c"))
        with clients.http(channel) as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.proxy.reload(self.stage.text())
            self.assertTrue(connection.ended())
        wait_until(lambda: not self.listens(port), 10, "the port to close")
        self.a_good_client_is_served()

    @staticmethod
    def listens(port):
        try:
            clients.socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False

    def test_cse_that_can_be_reached_around_saproxy(self):
        def exposed():
            return self.proxy.metrics().sum("plaintext_exposed")

        with clients.socket.create_server(("0.0.0.0", 0)) as everywhere:
            address = f"http://127.0.0.1:{everywhere.getsockname()[1]}"
            self.proxy.reload(self.stage.text(address=address, exposed_port="warn"))
            if not exposed():
                self.skipTest("this machine has no address but loopback")
            self.proxy.reload(self.stage.text(exposed_port="refuse"))
            self.assertEqual(0, exposed())
            self.proxy.reload(self.stage.text(address=address, exposed_port="refuse"), result="failed")
            self.assertEqual(0, exposed())
        self.a_good_client_is_served()

    def test_cse_moves(self):
        from small_cse.harness import SmallCse
        with SmallCse("--open-access") as other, self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.proxy.reload(self.stage.text(address=f"http://127.0.0.1:{other.port}"))
            self.cse.reset()
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.assertEqual(1, len(other.recorded()))
            self.assert_nothing_forwarded()


class UnderLoad(Reload):
    def reloads_logged(self):
        return sum(line["text"].startswith("configuration reloaded") for line in self.proxy.log("message", self.mark))

    def test_no_request_is_lost(self):
        """Certificate and PSK clients that keep their connections, and some that come and go."""
        rounds = 1000 if FULL else 200
        stop, wrong, served = threading.Event(), [], [0, 0, 0]

        def keep(index, connect, origin):
            with connect() as connection:
                while not stop.is_set():
                    got = connection.request(origin=origin)
                    served[index] += 1
                    if got.status != 200:
                        wrong.append(got)

        def come_and_go():
            while not stop.is_set():
                with self.stage.certificate("ae-s") as connection:
                    got = connection.request(origin="Sdemo")
                    served[2] += 1
                    if got.status != 200:
                        wrong.append(got)

        def guarded(work, *arguments):
            try:
                work(*arguments)
            except Exception as error:  # whatever it is, it is a lost request
                wrong.append(repr(error))

        threads = [threading.Thread(target=guarded, args=arguments) for arguments in
                   ((keep, 0, self.stage.certificate, "Cdemo"), (keep, 1, self.stage.psk, "Cpsk"), (come_and_go,))]
        for thread in threads:
            thread.start()
        base = self.generation()
        one, two = self.stage.text(), self.stage.text(limits='max_headers = 63')
        began = time.monotonic()
        for n in range(rounds):
            self.proxy.write_config(two if n % 2 else one)
            self.proxy.send_signal(signal.SIGHUP)
            wait_until(lambda: self.reloads_logged() > n, 10, "the reload")
            if time.monotonic() - began > 10 * slowness() and not FULL:
                break
        stop.set()
        for thread in threads:
            thread.join(20)
        self.assertEqual([], wrong)
        self.assertGreater(min(served), 10, served)
        self.assertEqual(base + n + 1, self.generation())

    def test_signals_faster_than_reloads_do_no_harm(self):
        for _ in range(200):
            self.proxy.send_signal(signal.SIGHUP)
        self.a_good_client_is_served()
        self.proxy.reload()


if __name__ == "__main__":
    main()
