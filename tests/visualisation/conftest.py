"""A run without a decoder, for all tests here."""
from tests.evaluation.tiny_sets import advbn  # noqa: F401
