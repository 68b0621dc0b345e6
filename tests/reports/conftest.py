"""The tiny benchmarks, for the tools."""
from ..evaluation.tiny_domains import data_root, in_tmp_path, make_run  # noqa: F401
from ..evaluation.tiny_sets import advbn, sets  # noqa: F401
