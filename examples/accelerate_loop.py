"""AdvBN in a loop of Hugging Face Accelerate: random images, seconds on a CPU; `accelerate launch` for several GPUs."""
import torch
from accelerate import Accelerator
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import resnet18

from advbn_seg.adversarial import AdvBN, plain_state_dict

torch.manual_seed(0)
accelerator = Accelerator()
model = resnet18(num_classes=2)
advbn = AdvBN(model, layer='layer1', num_steps=1, step_size=0.5, eps=0.5, per_image=True)  # before prepare wraps it
optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.001, momentum=0.9)
labels = torch.arange(24) % 2
images = torch.randn(24, 3, 64, 64) + labels[:, None, None, None]
wrapped, optimizer, batches = accelerator.prepare(model, optimizer, DataLoader(TensorDataset(images, labels), 8))

wrapped.train()
for step, (x, y) in enumerate(batches):
    clean, adversarial = advbn.losses(lambda: F.cross_entropy(wrapped(x), y))  # noqa: B023  called at once
    accelerator.backward(clean + adversarial)
    optimizer.step()
    optimizer.zero_grad()
    accelerator.print(f'step {step}: clean {clean.item():.3f}, adversarial {adversarial.item():.3f}')

stock = resnet18(num_classes=2)
stock.load_state_dict(plain_state_dict(accelerator.get_state_dict(wrapped)))
alike = torch.allclose(stock.eval()(images), model.eval()(images), atol=1e-5)
accelerator.print('the stock model predicts alike:', alike)
