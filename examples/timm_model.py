"""AdvBN for a model of timm, with deltas of each image and one set of norms: random images, seconds on a CPU."""
import timm
import torch
from torch.nn import functional as F

from advbn_seg.adversarial import AdvBN

torch.manual_seed(0)
model = timm.create_model('mobilenetv3_small_050', num_classes=2)  # pretrained=True where there is internet
advbn = AdvBN(model, layer='blocks.0', num_steps=1, step_size=0.5, eps=0.5, per_image=True, auxiliary=False)
optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-4)

model.train()
for step in range(3):
    y = torch.arange(8) % 2
    x = torch.randn(8, 3, 64, 64) + y[:, None, None, None]
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))  # noqa: B023  called at once
    (clean + adversarial).backward()
    optimizer.step()
    optimizer.zero_grad()
    print(f'step {step}: clean {clean.item():.3f}, adversarial {adversarial.item():.3f}')

advbn.remove()  # the plain model again
