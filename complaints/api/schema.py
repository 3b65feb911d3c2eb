"""The committed description of the interface."""

import json
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text("utf-8"))
