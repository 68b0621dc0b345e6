"""The tiny benchmarks, for all tests of the evaluation."""
from .tiny_domains import data_root, in_tmp_path, make_run  # noqa: F401
from .tiny_sets import advbn, sets  # noqa: F401
