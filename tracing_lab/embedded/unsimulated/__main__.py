"""Prints the page ``docs/coverage-aws.md``."""

import sys

from .page import page

sys.stdout.write(page())
