"""Personal data and secrets in traces: finds them, and makes traces safe to share.

============ ==============================================================
kinds        kinds of personal data and secrets
numbers      cards, telephones and IP addresses in a text
secret_names names whose values are secrets, by a text's path or before it
assignments  the values of such names in a text, and passwords of URLs
escapes      texts without the escapes of URLs and JSON
detectors    all kinds, each found in a text
places       the texts of documents, span frames and log lines, and where each is
scanning     a table of what is found
redacting    traces in which it is replaced by texts of the same shape
============ ==============================================================

Finding is by form: a name, an address or an id of a person cannot be told from other texts. Look at
what your services put into annotations and metadata, too. Values are searched, names of members are
not.
"""

from .redacting import redact
from .scanning import scan_privacy

__all__ = ["redact", "scan_privacy"]
