"""The OpenMMLab packages exist twice on PyPI: the original ones and their maintained `onedl-*` successors.

Both install the same import names, so having both breaks in ways that name neither; this module names both.
"""
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from ..errors import UserError

# import name -> (maintained distribution, original distributions)
PACKAGES = {
    'mmengine': ('onedl-mmengine', ('mmengine', 'mmengine-lite')),
    'mmcv': ('onedl-mmcv', ('mmcv', 'mmcv-lite', 'mmcv-full')),
    'mmseg': ('onedl-mmsegmentation', ('mmsegmentation',)),
    'mmpretrain': ('onedl-mmpretrain', ('mmpretrain', 'mmcls')),
}


def is_installed(distribution):
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def check_environment(*needed):
    """See that the mm packages that a room needs are there, and that no mm package is installed twice.

    Args:
        needed (str): import names, such as 'mmseg'.

    Raises:
        UserError: with the command that mends the installation.
    """
    missing = [PACKAGES[name][0] for name in needed if find_spec(name) is None]
    if missing:
        raise UserError(f'this part of advbn_seg needs packages that are not installed; run: '
                        f'pip install {" ".join(missing)}')
    for name, (maintained, originals) in PACKAGES.items():
        twice = [original for original in originals if is_installed(original)]
        if twice and is_installed(maintained):
            raise UserError(
                f'{name} is installed twice, by {maintained} and by {", ".join(twice)}, which overwrite each other; '
                f'run: pip uninstall -y {maintained} {" ".join(twice)} && pip install {maintained}')
