"""Exercises of notebook 01: plans and permissions."""

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, NameList
from tracing_lab.config import SERVICES

_WHOLE_STACK = 15  # no change of a setting touches so much


def _updates() -> Facts:
    functions = len(SERVICES)
    return {
        "truth": functions + 1,  # each function's log, and the API's
        "functions": functions,
        "nothing": 0,
        "one_setting": 1,
        "functions_too": 2 * functions,
    }


UPDATES = Exercise(
    id="01.updates",
    form=Count(),
    facts=_updates,
    mistakes=(
        Mistake(
            "functions",
            "The functions are not the only ones to keep a log. Read every line of the plan.",
        ),
        Mistake(
            "nothing",
            "A plan of the old config finds nothing to do. Plan with the config that `replace` "
            "returns; the config itself never changes.",
        ),
        Mistake("one_setting", "You change a single setting. How many resources depend on it?"),
        Mistake(
            "functions_too",
            "A log is a resource of its own: its retention changes, and the function does not.",
        ),
        Mistake(
            "stack",
            "That is the whole stack. Plan a change of the stack that exists: apply first.",
            lambda value, _: value >= _WHOLE_STACK,
        ),
    ),
    hints=(
        "Do as for the memory above, with another setting, and look at the plan.",
        "A plan has one step for each resource that changes: `plan.steps`.",
        "Count the steps of `tl.deploy.plan(config.replace(setting=value))`.",
    ),
)


def _publishers() -> Facts:
    return {
        "truth": ["order", "payment", "inventory"],
        "all": list(SERVICES),
        "first_only": ["order"],
        "consumers": ["payment", "inventory", "notification"],
        "silent": ["notification"],
        "middle": ["payment", "inventory"],
    }


PUBLISHERS = Exercise(
    id="01.publishers",
    form=NameList(),
    facts=_publishers,
    mistakes=(
        Mistake(
            "all",
            "Every role may write logs and traces, but not every role has `events:PutEvents`.",
        ),
        Mistake(
            "first_only",
            "That is where the first event comes from. Others publish what they have done, too.",
        ),
        Mistake(
            "consumers",
            "Those *receive* events. Receiving takes no permission of the role: the bus invokes "
            "the function.",
        ),
        Mistake("silent", "It is the other way round: the action is missing from this role."),
        Mistake("middle", "Who publishes the event that these two receive?"),
    ),
    hints=(
        "The permissions are in the policies of each service's role, as printed above for one.",
        "Look for the action `events:PutEvents` in the policies of all four roles.",
        'Collect the names for which `"events:PutEvents" in json.dumps(policies)`.',
    ),
)

EXERCISES = (UPDATES, PUBLISHERS)
