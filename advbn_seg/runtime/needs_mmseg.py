"""Importing this module sees that mmseg and mmcv are there: for the rooms that are of no use without them."""
from .environment import check_environment

check_environment('mmcv', 'mmseg')
