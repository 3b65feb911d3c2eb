"""Running the portal on one machine: environment, embedded services, supervisor, checks, backup.

Standard library only: this package prepares the environment, so it must run before there is one.
"""
