"""Classification: a cell is a folder of CLASS/IMAGE, and has its accuracies."""
from ..engine import Task
from .metric import TopAccuracy
from .robustness import Robustness
from .test_sets import check_class_order, set_cells

CLASSIFICATION = Task(results=Robustness, cells=set_cells, metric=lambda cfg, images: TopAccuracy(), headline='top1',
                      library='mmpretrain', check_classes=check_class_order, shuffle=True)
