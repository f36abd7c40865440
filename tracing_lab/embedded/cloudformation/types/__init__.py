"""How each type of resource is made, changed and deleted: by calls of its service."""
