import pytest

from tests.runtime.compat.assumptions import assumption


def test_an_assumption_that_does_not_hold_names_the_upgrade_and_the_file():
    with pytest.raises(pytest.fail.Exception, match=r'^onedl-mmengine \d+\.\d+.* has changed, so mend '
                                                    r'advbn_seg/runtime/compat/x\.py: it takes for granted that '
                                                    r"a dict has a key \(KeyError: 'key'\)$"):
        with assumption('onedl-mmengine', 'x.py', 'a dict has a key'):
            {}['key']
