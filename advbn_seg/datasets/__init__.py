"""Driving data by domain: SYNTHIA sequences and CamVid. Importing this registers them with mmseg."""
from ..runtime import needs_mmseg, safe_loading  # noqa: F401  says how to install it; no checkpoint runs code
from .camvid import CamVid
from .loading import LoadSynthiaLabels
from .splits import write_splits
from .synthia import SynthiaSequences

__all__ = ['CamVid', 'LoadSynthiaLabels', 'SynthiaSequences', 'write_splits']
