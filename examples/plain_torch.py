"""AdvBN in a plain PyTorch loop: torch and torchvision alone, random images, seconds on a CPU."""
import torch
from torch.nn import functional as F
from torchvision.models import resnet18

from advbn_seg.adversarial import AdvBN, plain_state_dict

torch.manual_seed(0)
model = resnet18(num_classes=2)
advbn = AdvBN(model, layer='layer1', num_steps=3, step_size=0.2, eps=0.5)  # freezes all up to layer1, adds norms after
optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.001, momentum=0.9)

model.train()
for step in range(3):
    y = torch.arange(8) % 2
    x = torch.randn(8, 3, 64, 64) + y[:, None, None, None]
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))  # noqa: B023  called at once
    (clean + adversarial).backward()
    optimizer.step()
    optimizer.zero_grad()
    print(f'step {step}: clean {clean.item():.3f}, adversarial {adversarial.item():.3f}')

stock = resnet18(num_classes=2)
stock.load_state_dict(plain_state_dict(model.state_dict()))  # or branch='aux' for the norms of perturbed features
print('the stock model predicts alike:', torch.allclose(stock.eval()(x), model.eval()(x), atol=1e-5))
