"""Identifiers and their three forms (TS-0001 7.2)."""

import re

STEM = re.compile(r"[CS][A-Za-z0-9._\-]{0,199}")
CSE_ID = re.compile(r"/[A-Za-z0-9][A-Za-z0-9._\-]{0,199}")


class Identity:
    """This CSE's own identity: `/cse1` within `//sp.example.com`."""

    def __init__(self, cse_id, sp_id):
        self.cse_id = cse_id
        self.sp_id = sp_id
        self._relative = cse_id + "/"
        self._absolute = sp_id + cse_id + "/"

    def local_originator(self, originator):
        """CAE1, /cse1/CAE1 and //sp/cse1/CAE1 -> CAE1; /S1 and //sp/S1 -> S1; foreign ones keep their form."""
        if not originator.startswith("/"):
            return originator
        if originator.startswith(self._absolute):
            return originator[len(self._absolute) :]
        if originator.startswith(self.sp_id + "/"):
            originator = originator[len(self.sp_id) :]
        if originator.startswith(self._relative):
            return originator[len(self._relative) :]
        if originator.startswith("/S") and STEM.fullmatch(originator[1:]):
            return originator[1:]
        return originator

    def local_target(self, to):
        """Any form of a target -> CSE-relative address without leading slash, or None if it is not here."""
        if to.startswith("//"):
            if not (to + "/").startswith(self.sp_id + "/"):
                return None
            to = to[len(self.sp_id) :]
        if to.startswith("/"):
            if to == self.cse_id:
                return "-"
            return to[len(self._relative) :] if to.startswith(self._relative) else None
        return to
