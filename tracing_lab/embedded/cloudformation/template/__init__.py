"""Templates: read, checked, and their values computed."""
