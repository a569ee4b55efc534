"""A pytest plugin: as on a machine where unfold is not installed."""

import sys

sys.modules["unfold"] = None  # type: ignore[assignment]
