"""Progress in a terminal: bars, a line per resource or learner, and the remaining time."""
