"""Every setting, declared once, by what it is about."""
