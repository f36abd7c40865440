"""Roles, and the policies that AWS manages."""
