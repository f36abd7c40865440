"""The data planes of one region, and what connects them."""

from .region import Region
from .settings import RegionSettings, queue_files

__all__ = ["Region", "RegionSettings", "queue_files"]
