"""Segmentation: a cell is a domain, and has the IoU of each class."""
from ..engine import Task
from ..fingerprint import ignore_index
from . import image_counts
from .domains import check_order, domain_cells
from .matrix import CrossDomainMatrix
from .metric import DomainIoU

SEGMENTATION = Task(results=CrossDomainMatrix, cells=domain_cells,
                    metric=lambda cfg, images: DomainIoU(images, ignore_index(cfg)), keep=image_counts.keep,
                    carry=image_counts.carry, headline='mIoU', library='mmseg',
                    check_classes=check_order, has_diverged_rows=True)
