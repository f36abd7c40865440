"""The schedules of a region, wired to its data planes."""
