"""The servers of the distribution, each started from its template in bench/peers."""
import os
import re
import shutil
import subprocess

from .servers import Server

SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Peer(Server):
    @classmethod
    def installed(cls, _bench):
        return shutil.which(cls.program, path=SBIN)

    def told(self, option):
        """What the program says of itself, on either stream."""
        return subprocess.run([self.installed(None), option], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True).stdout


class Nginx(Peer):
    name = program = "nginx"
    template = "nginx.conf"

    def version(self):
        return self.told("-v").strip().split("/")[-1]

    def command(self, config):
        return [self.installed(None), "-p", self.scratch, "-c", config]


class Haproxy(Peer):
    name = program = "haproxy"
    template = "haproxy.cfg"
    most_connections = 16000

    def version(self):
        return self.told("-v").split()[2]

    def command(self, config):
        return [self.installed(None), "-db", "-q", "-f", config]


class Hitch(Peer):
    name = program = "hitch"
    template = "hitch.conf"
    most_connections = 9000  # two descriptors each

    def version(self):
        return self.told("--version").split()[-1]

    def command(self, config):
        return [self.installed(None), f"--config={config}"]


class Stunnel(Peer):
    name = "stunnel"
    program = "stunnel4"
    template = "stunnel.conf"
    credentials = ("psk",)
    most_connections = 9000

    def version(self):
        return re.search(r"stunnel (\S+)", self.told("-version")).group(1)

    def command(self, config):
        return [self.installed(None), config]


PEERS = (Nginx, Haproxy, Hitch, Stunnel)
