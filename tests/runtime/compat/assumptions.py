"""What advbn_seg/runtime/compat takes for granted of other packages; each test says which of them has changed."""
from contextlib import contextmanager
from importlib.metadata import version

import pytest


@contextmanager
def assumption(distribution, file, says):
    """Fail with a sentence that names the package, its version and the file of ours to mend, where anything fails.

    Args:
        distribution (str): such as 'onedl-mmengine'.
        file (str): in advbn_seg/runtime/compat.
        says (str): what is taken for granted.
    """
    try:
        yield
    except Exception as error:
        pytest.fail(f'{distribution} {version(distribution)} has changed, so mend advbn_seg/runtime/compat/{file}: it '
                    f'takes for granted that {says} ({type(error).__name__}: {error})', pytrace=False)
