"""The core's own steps of the demo."""

from ministry.demo.people import appoint_everybody, everybody_is_there
from ministry.demo.registry import Demo, register_step


def _appoint(demo: Demo) -> str:
    return f"{appoint_everybody(demo.on)} people appointed"


register_step("staff", _appoint, is_done=lambda _demo: everybody_is_there(), order=10)
