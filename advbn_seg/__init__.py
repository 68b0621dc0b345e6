"""AdvBN for MMSegmentation: training against worst-case feature statistics (Shu et al., NeurIPS 2021).

Nothing is imported or checked here, so that `advbn_seg.adversarial` needs torch alone.
"""
from .version import __version__

__all__ = ['__version__']
