"""Where mmengine (0.10) looks for the configs of mmseg: in a package by the name of the original distribution."""
from importlib.metadata import PackageNotFoundError, distribution

from mmengine.config.utils import MODULE2PACKAGE

ORIGINAL = 'mmsegmentation'


def find_configs_of_the_fork():
    """Have `_base_ = 'mmseg::...'` find mmseg's configs where its maintained distribution, `onedl-*`, has brought it.

    mmengine would ask to install the original beside it.
    """
    try:
        distribution(ORIGINAL)
    except PackageNotFoundError:
        MODULE2PACKAGE['mmseg'] = 'mmseg'
