"""Driving data by domain: SYNTHIA sequences, CamVid and LabelMeFacade. Importing this registers them with mmseg."""
from ..runtime import needs_mmseg, safe_loading  # noqa: F401  says how to install it; no checkpoint runs code
from .camvid import CamVid
from .labelmefacade import LabelMeFacade
from .loading import LoadLabelMeFacadeLabels, LoadSynthiaLabels
from .splits import write_splits
from .synthia import SynthiaSequences

__all__ = ['CamVid', 'LabelMeFacade', 'LoadLabelMeFacadeLabels', 'LoadSynthiaLabels', 'SynthiaSequences',
           'write_splits']
