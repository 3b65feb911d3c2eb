"""The demo ministry: steps that apps register in `ready()` and `manage.py demo` takes in order.

Each step brings about one state through the portal's own services, the way people would, and asks first whether it is
there already, so that a second run changes nothing and an interrupted one goes on where it stood.
"""

from ministry.demo.people import PEOPLE, DemoPerson, sign_ins
from ministry.demo.registry import Demo, DemoStep, build, register_step

__all__ = ["PEOPLE", "Demo", "DemoPerson", "DemoStep", "build", "register_step", "sign_ins"]
