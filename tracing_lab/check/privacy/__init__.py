"""Personal data and secrets in traces: finds them, and makes traces safe to share.

========== ==============================================================
detectors  kinds of personal data and secrets, each found in a text
places     the texts of documents, span frames and log lines, and where each is
scanning   a table of what is found
redacting  traces in which it is replaced by texts of the same shape
========== ==============================================================

Finding is by form: a name, an address or an id of a person cannot be told from other texts. Look at
what your services put into annotations and metadata, too. Values are searched, names of members are
not.
"""

from .redacting import redact
from .scanning import scan_privacy

__all__ = ["redact", "scan_privacy"]
