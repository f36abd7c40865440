"""Orders to analyse: from your own stack, or recorded ones where there is none.

The notebooks on analysis need traces, not a stack. `orders` sends orders to the stack of a config
if there is one, or else returns recorded orders; their `source` says which.
"""

from .choosing import orders
from .recordings import Orders, load_orders, recorded, retries, save_orders

__all__ = ["Orders", "load_orders", "orders", "recorded", "retries", "save_orders"]
