import pytest
import torch


@pytest.fixture
def feature():
    """Four images of five channels, 6x7, none alike."""
    return torch.randn(4, 5, 6, 7, generator=torch.Generator().manual_seed(0)) * 2 + 1
