"""Cross-domain evaluation: domains -> IoU per class -> CrossDomainMatrix."""
from ..runtime import safe_loading  # noqa: F401  no checkpoint runs code
from .runs import Run, open_run
from .segmentation.engine import measure_matrix
from .segmentation.matrix import CrossDomainMatrix, Row
from .segmentation.metric import DomainIoU

__all__ = ['CrossDomainMatrix', 'DomainIoU', 'Row', 'Run', 'measure_matrix', 'open_run']
