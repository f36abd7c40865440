"""The environment variables of the server's own process. Pure.

A function can read the server's initial variables (``/proc/PID/environ`` on Linux), and libraries
in the server read the user's AWS settings. So it gets only what an interpreter needs.
"""

import os
from collections.abc import Mapping

CLEANED = "_TRACING_LAB_EMBEDDED_SERVER"
"""Variable that marks a process started with these variables."""

_KEPT = frozenset(
    {
        "COMSPEC",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "HOME",  # npm's settings tell where global packages are
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "NODE_PATH",
        "OPENBLAS_CORETYPE",
        "PATH",
        "PATHEXT",
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONWARNINGS",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "TRACING_LAB_EMBEDDED_NODE_CLIENT",
        "TZ",
        "USERPROFILE",
        "WINDIR",
    }
)

_OWN = {
    CLEANED: "1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # glibc keeps freed memory for the thread that freed it, by which a busy server grew; both are
    # explained in the manual page of mallopt
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "262144",
}


def server_environment(host: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the server's process; the same when applied again.

    Examples
    --------
    >>> made = server_environment({"PATH": "/bin", "AWS_PROFILE": "work", "TOKEN": "secret"})
    >>> made["PATH"], "AWS_PROFILE" in made, "TOKEN" in made
    ('/bin', False, False)
    """
    kept = {name: value for name, value in host.items() if name.upper() in _KEPT}
    return kept | _OWN
