"""Replay recorded traces on stand-ins: a copy of a system's shape, to try a change on.

`derive` makes a model of any span frame: a stand-in for each service, which works as long as the
service did and calls what it called. `apply` deploys the stand-ins as a stack of their own, `fire`
sends the recorded requests when they came, `compare` shows how close the copy is, and `destroy`
deletes it. Between two replays, `ReplayModel.scaled` makes a service faster or slower.

Neither payloads nor names of the recorded system are in a stand-in: it is ``service-1``, unless
names are kept on request.

A stand-in plays the recorded runs themselves, each request those of its own trace: so distributions
of times, how often something is called, and which errors come together are the recorded ones.
What Lambda, API Gateway and EventBridge take themselves is that of the AWS of the replay.
"""

from .comparing import ReplayComparison, compare
from .deploying import DeployedReplay, apply, config_of_replay, destroy, plan
from .deriving import MAX_TRACES, derive
from .expected import graph_of_model
from .firing import check_speed, fire, warm_up
from .model import ReplayModel

__all__ = [
    "MAX_TRACES",
    "DeployedReplay",
    "ReplayComparison",
    "ReplayModel",
    "apply",
    "check_speed",
    "compare",
    "config_of_replay",
    "derive",
    "destroy",
    "fire",
    "graph_of_model",
    "plan",
    "warm_up",
]
