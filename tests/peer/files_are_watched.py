#!/usr/bin/env python3
"""Promise: a change of any file of the configuration takes effect without a signal, however it comes about; a broken one changes nothing
until it is mended.

Spec: design 2.3 (snapshot), invariant 7
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, stage  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import wait_until  # noqa: E402

NEW = ("new@sp.example.com", "77" * 16)


def write(path, text):
    """Readable for nobody else from the first moment."""
    path.touch(mode=0o600)
    path.write_text(text)


class Watched(StageCase):
    """The main file includes policy.d/*.toml and reads psk.d/*."""
    STAGE = {"server": 'watch_delay = "200ms"'}

    @classmethod
    def setUpClass(cls):
        folder = cls.folder = stage.scratch_folder()
        top = f'include = ["{folder}/policy.d/*.toml"]\npsk_files = ["{folder}/psk.d"]\n'
        for name in ("policy.d", "psk.d"):
            (folder / name).mkdir()
        write(folder / "psk.d" / "first", "first@sp.example.com:" + "66" * 16 + ":Cfirst\n")
        cls.STAGE = cls.STAGE | {"top": top}
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.restore)
        self.generation = self.now("config_generation")
        self.failed = self.now("config_reloads_total", result="failed")

    def restore(self):
        """Each test begins with the first configuration in force."""
        for path in (self.folder / "policy.d").iterdir():
            path.unlink()
        self.proxy.reload(self.stage.text())

    def now(self, name, **labels):
        return self.proxy.metrics().sum(name, **labels)

    def assert_reloaded(self, times=1):
        wait_until(lambda: self.now("config_generation") >= self.generation + times, 20, "the reload")
        self.assertEqual(self.generation + times, self.now("config_generation"))

    def assert_refused(self):
        wait_until(lambda: self.now("config_reloads_total", result="failed") > self.failed, 20, "the refusal")
        self.assertEqual(self.generation, self.now("config_generation"))

    def assert_new_psk_works(self, identity=NEW[0], key=NEW[1], stem="Cnew"):
        with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as connection:
            self.assert_answer(connection.request(origin=stem), 200, 2000)

    def opens(self, identity, key):
        try:
            with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as connection:
                return connection.request(origin="Cany").status == 403
        except (clients.TlsRefused, ConnectionEnded, OSError):
            return False

    def with_new_psk(self):
        return self.stage.text(psks=stage.PSKS | {"new": (*NEW, 'ae = "Cnew"')})


def plain_edit(test):
    test.proxy.config.write_text(test.with_new_psk())


def rename_over(test):
    test.proxy.write_config(test.with_new_psk())


def delete_and_create(test):
    test.proxy.config.unlink()
    write(test.proxy.config, test.with_new_psk())


def new_included_file(test):
    write(test.folder / "policy.d" / "new.toml", "secrets_in_file = true\n" + stage.psk_table(*NEW, 'ae = "Cnew"'))


def changed_psk_file(test):
    path = test.folder / "psk.d" / "first"
    before = path.read_text()
    test.addCleanup(path.write_text, before)
    path.write_text(before + ":".join(NEW) + ":Cnew\n")


def new_psk_file(test):
    path = test.folder / "psk.d" / "second"
    test.addCleanup(path.unlink)
    write(test.folder / "psk.d" / ".second", ":".join(NEW) + ":Cnew\n")
    (test.folder / "psk.d" / ".second").rename(path)


@expand([(change.__name__, change) for change in
         (plain_edit, rename_over, delete_and_create, new_included_file, changed_psk_file, new_psk_file)])
class AChange(Watched):
    def check(self, change):
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            change(self)
            wait_until(lambda: self.now("config_generation") > self.generation, 20, "the reload")
            self.assert_new_psk_works()
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)


class WhatAChangeDoes(Watched):
    def test_a_psk_that_is_removed_ends_its_session(self):
        with self.stage.psk("ae") as gone, self.stage.psk("list") as stays:
            for connection, origin in ((gone, "Cpsk"), (stays, "Cx")):
                self.assert_answer(connection.request(origin=origin), 200, 2000)
            self.proxy.write_config(self.stage.text(psks={name: stage.PSKS[name] for name in ("list", "cse")}))
            self.assertTrue(gone.ended())
            self.assert_answer(stays.request(origin="Cx"), 200, 2000)
        self.assert_reloaded()

    def test_broken_then_mended(self):
        whole = self.with_new_psk()
        for broken in (whole[:len(whole) // 2], "[cse\n", whole.replace("server.crt", "no-such-file.crt")):
            with self.subTest(broken[-40:]):
                self.failed = self.now("config_reloads_total", result="failed")
                self.proxy.config.write_text(broken)
                self.assert_refused()
                self.a_good_client_is_served()
        self.proxy.config.write_text(whole)
        self.assert_reloaded()
        self.assert_new_psk_works()

    def test_mended_by_another_file_than_the_changed_one(self):
        included = self.folder / "policy.d" / "keys.toml"
        key = self.folder / "late.psk"
        self.addCleanup(key.unlink, missing_ok=True)
        write(included, f'[[psk]]\nidentity = "{NEW[0]}"\nkey_file = "{key}"\nae = "Cnew"\n')
        self.assert_refused()
        write(key, NEW[1])
        self.assert_reloaded()
        self.assert_new_psk_works()

    def test_mended_by_its_mode(self):
        key = self.folder / "loose.psk"
        self.addCleanup(key.unlink)
        write(key, NEW[1])
        key.chmod(0o644)
        write(self.folder / "policy.d" / "keys.toml", f'[[psk]]\nidentity = "{NEW[0]}"\nkey_file = "{key}"\nae = "Cnew"\n')
        self.assert_refused()
        key.chmod(0o600)
        self.assert_reloaded()

    def test_a_signal_and_a_change_are_one_reload(self):
        # Longer than a busy machine takes from one to the other.
        self.proxy.write_config(self.stage.text(server='watch_delay = "1s"'))
        self.assert_reloaded()
        self.proxy.reload(self.with_new_psk())
        self.generation += 2
        (self.folder / "policy.d" / "README").touch()  # looked at, and nothing to read
        self.proxy.write_config(self.stage.text())
        self.assert_reloaded()

    def test_watching_can_be_switched_off_and_on(self):
        self.proxy.write_config(self.stage.text(server="watch_files = false"))
        self.assert_reloaded()
        self.proxy.write_config(self.stage.text(server='watch_delay = "60ms"'))
        self.assertEqual(self.generation + 1, self.now("config_generation"))
        self.proxy.reload()
        self.generation += 2
        self.proxy.write_config(self.with_new_psk())
        self.assert_reloaded()


class AKubernetesMount(Watched):
    """A volume as the kubelet writes it: names are links through ..data, which a rename swaps."""

    def publish(self, version, files):
        folder = self.volume / f"..2026_{version}"
        folder.mkdir(mode=0o700)
        for name, text in files.items():
            write(folder / name, text)
        (self.volume / "..data_tmp").symlink_to(folder.name)
        old = os.readlink(self.volume / "..data") if (self.volume / "..data").is_symlink() else None
        (self.volume / "..data_tmp").rename(self.volume / "..data")
        for name in files:
            with contextlib.suppress(FileExistsError):
                (self.volume / name).symlink_to(f"..data/{name}")
        if old:
            subprocess.run(["rm", "-r", self.volume / old], check=True)

    def test_is_seen_at_each_swap(self):
        self.volume = stage.scratch_folder()
        line = "ae{0}@sp.example.com:" + "88" * 16 + ":Cae{0}\n"
        self.publish(1, {"ae1": line.format(1)})
        self.proxy.reload(self.stage.text(top=f'psk_files = ["{self.volume}"]'))
        self.generation += 1
        self.publish(2, {"ae1": line.format(2)})
        self.assert_reloaded()
        self.assert_new_psk_works("ae2@sp.example.com", "88" * 16, "Cae2")
        self.publish(3, {"ae1": line.format(3), "ae4": line.format(4)})
        wait_until(lambda: self.opens("ae4@sp.example.com", "88" * 16), 20, "the new name")
        self.assert_new_psk_works("ae3@sp.example.com", "88" * 16, "Cae3")

    def test_of_the_main_file(self):
        self.volume = stage.scratch_folder()
        self.publish(1, {"saproxy.toml": self.stage.text()})
        self.proxy.config.unlink()
        self.proxy.config.symlink_to(self.volume / "saproxy.toml")
        self.addCleanup(self.proxy.config.unlink)
        self.assert_reloaded()
        self.publish(2, {"saproxy.toml": self.with_new_psk()})
        self.assert_reloaded(2)
        self.assert_new_psk_works()


class ALimitOfWatches(StageCase):
    """In a user namespace of its own, which has its own limit."""

    LIMITED = ["unshare", "--user", "--map-root-user", "sh", "-c", 'echo 1 > /proc/sys/user/max_inotify_watches; exec "$@"', "sh"]

    @classmethod
    def setUpClass(cls):
        if subprocess.run([*cls.LIMITED, "true"], capture_output=True, check=False).returncode != 0:
            raise unittest.SkipTest("user namespaces are not allowed here")
        cls.STAGE = {"server": "watch_files = true", "wrapper": cls.LIMITED}
        super().setUpClass()

    def test_is_warned_of_and_signals_work(self):
        warning = self.proxy.wait_for_log("message", level="warning")
        self.assertIn("fs.inotify.max_user_watches", warning["text"])
        self.assertIn("SIGHUP", warning["text"])
        before = self.proxy.metrics().sum("config_generation")
        self.proxy.write_config(self.stage.text(limits="max_headers = 63"))
        self.proxy.send_signal(signal.SIGHUP)
        self.proxy.wait_for_metric("config_generation", before + 1)
        self.assertEqual(1, len(self.proxy.log("message", level="warning")), "once is enough")


if __name__ == "__main__":
    main()
