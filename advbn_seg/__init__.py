"""AdvBN for MMSegmentation: training against worst-case feature statistics (Shu et al., NeurIPS 2021)."""
from .runtime.environment import check_environment
from .version import __version__

__all__ = ['__version__']

check_environment()
