"""Load for the orders API: seeded, open-loop, every request traced by default.

Open-loop means that requests are sent on schedule, whether or not earlier ones have completed; so a
slow service cannot slow down its own measurement. `fire` and `fire_async` send a load,
`fire_locust` sends it from several processes; `send_lag` tells from its log whether the sender kept
up. From several machines: `write_locust_files`, Locust there, then `load_locust_log` for the log.
`fire_requests` sends requests of any kind.
"""

from .bad_orders import BAD_ORDERS
from .firing import fire, fire_async
from .lag import SendLag, send_lag
from .live import Progress
from .locust_results import load_locust_log
from .locust_run import fire_locust, write_locust_files
from .orders import Order, random_orders
from .requests import TimedRequest, fire_requests
from .schedule import SCENARIOS, schedule

__all__ = [
    "BAD_ORDERS",
    "SCENARIOS",
    "Order",
    "Progress",
    "SendLag",
    "TimedRequest",
    "fire",
    "fire_async",
    "fire_locust",
    "fire_requests",
    "load_locust_log",
    "random_orders",
    "schedule",
    "send_lag",
    "write_locust_files",
]
