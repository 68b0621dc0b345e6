"""Cross-domain evaluation: domains -> IoU per class -> CrossDomainMatrix -> table, JSON, heat map."""
from .. import safe_loading  # noqa: F401  no checkpoint runs code
from .build import measure_matrix
from .errors import EvaluationError
from .matrix import CrossDomainMatrix, Row
from .metric import DomainIoU
from .report import write_reports
from .runs import Run, open_run

__all__ = ['CrossDomainMatrix', 'DomainIoU', 'EvaluationError', 'Row', 'Run', 'measure_matrix', 'open_run',
           'write_reports']
