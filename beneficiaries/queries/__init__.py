"""Reads of the registry that cross models."""
