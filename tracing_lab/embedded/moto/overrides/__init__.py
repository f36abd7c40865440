"""Calls that moto handles wrongly or not at all, a module for each subject; `table` lists them."""
