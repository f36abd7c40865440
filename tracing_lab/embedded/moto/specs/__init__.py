"""Reads what moto keeps of resources into the data planes' own descriptions."""
