"""The forms of an answer: a number, a count, a name, names, a choice, pairs, traced code.

A form reads whatever a learner hands in, compares it with the truth, and recognises the slips
that any exercise of its kind invites: another unit, one too many, a table instead of its length.
"""

from .base import Form as Form, Reading as Reading, Slip as Slip
from .choice import Choice as Choice
from .instrumented import Instrumented as Instrumented
from .name import Name as Name, NameList as NameList
from .number import Count as Count, Number as Number
from .pairs import Pairs as Pairs
