"""A thing of the Linux kernel that Python 3.11 has no call for."""

import ctypes
import os
from pathlib import Path

CLONE_NEWUSER = 0x10000000

# Loaded here and not at the call: between fork and exec nothing should be loaded.
_libc = ctypes.CDLL(None, use_errno=True)


def enter_user_namespace(uid: int, gid: int) -> None:
    """To be called between fork and exec: goes on as `uid` in its own eyes, and as who it was in everyone else's.

    Raises OSError where the machine bars it.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    # The kernel takes a gid_map from the process itself only once setgroups is given up.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")
