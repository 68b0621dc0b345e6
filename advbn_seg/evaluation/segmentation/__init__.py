"""Segmentation: a cell is a domain, and has the IoU of each class."""
from ..engine import Task
from ..fingerprint import ignore_index
from .domains import domain_cells
from .matrix import CrossDomainMatrix
from .metric import DomainIoU

SEGMENTATION = Task(results=CrossDomainMatrix, cells=domain_cells, metric=lambda cfg: DomainIoU(ignore_index(cfg)),
                    headline='mIoU', library='mmseg', branch='main')
