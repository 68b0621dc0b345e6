import pytest

from . import reference


@pytest.fixture
def batch():
    return reference.batch()
