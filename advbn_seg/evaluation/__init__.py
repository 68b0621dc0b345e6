"""Cross-domain evaluation: runs -> cells, each measured once -> rows -> tables. One engine for both tasks."""
from ..runtime import safe_loading  # noqa: F401  no checkpoint runs code
from .engine import measure
from .runs import Run, open_run, open_runs

__all__ = ['Run', 'measure', 'open_run', 'open_runs']
