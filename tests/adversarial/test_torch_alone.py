"""The method needs torch and nothing else."""
from tests.blocked import run_without

OTHERS = ['mmcv', 'mmengine', 'mmpretrain', 'mmseg', 'torchvision', 'cv2', 'numpy', 'PIL', 'pandas', 'matplotlib',
          'rich', 'timm']
STEP = '''
import torch
from torch import nn
from torch.nn import functional as F
import advbn_seg.network.input_split, advbn_seg.perturbations.pixels
from advbn_seg.adversarial import AdvBN

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5), nn.AdaptiveAvgPool2d(1),
                      nn.Flatten())
advbn = AdvBN(model, layer='1')
optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1)
images, labels = torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 2, 3])
for _ in range(2):
    optimizer.zero_grad()
    losses = advbn.losses(lambda: F.cross_entropy(model(images), labels))
    sum(losses).backward()
    optimizer.step()
    print([loss.item() for loss in losses], advbn.delta_mean.tolist())
print({name: value.sum().item() for name, value in model.state_dict().items()})
'''


def test_a_step_of_advbn_is_the_same_where_torch_alone_can_be_imported():
    alone = run_without(OTHERS, STEP)
    assert len(alone.splitlines()) == 3 and alone == run_without([], STEP)
