"""Where the machine's Chromium is; tests that need a browser are skipped without it."""

import shutil

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NO_CHROMIUM = "Chromium is not installed, for example by: apt-get install chromium"
