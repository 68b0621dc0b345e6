"""AdvBN's peers in a plain PyTorch loop: torch and torchvision alone, random images, seconds on a CPU."""
import torch
from torch.nn import functional as F
from torchvision.models import resnet18

from advbn_seg.adversarial import AdversarialTraining, Attack, Insertion, Split
from advbn_seg.perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from advbn_seg.perturbations.mixstyle import MixStyle
from advbn_seg.perturbations.normalization_perturbation_plus import NormalizationPerturbationPlus

torch.manual_seed(0)
y = torch.arange(8) % 2
x = torch.randn(8, 3, 64, 64) + y[:, None, None, None]


def train(name, model, parameters, losses):
    """Take three steps by the sum of what `losses()` returns."""
    optimizer = torch.optim.SGD(parameters, lr=0.001, momentum=0.9)
    model.train()
    for _ in range(3):
        found = losses()
        sum(found).backward()
        optimizer.step()
        optimizer.zero_grad()
    print(f'{name}: {", ".join(f"{loss.item():.3f}" for loss in found)}')


# As their authors train them, in one pass: half of the calls of the model in training mode are perturbed.
model = resnet18(num_classes=2)
insertion = Insertion(model, ['maxpool', 'layer1'], NormalizationPerturbationPlus(), probability=0.5)
train('NP+, one pass', model, model.parameters(), lambda: [F.cross_entropy(model(x), y)])
insertion.remove()

# With a coin for each place: one insertion each, with seeds of their own.
for seed, layer in enumerate(['layer1', 'layer2']):
    Insertion(model, [layer], MixStyle(), probability=0.5, seed=seed)
train('MixStyle, one pass', model, model.parameters(), lambda: [F.cross_entropy(model(x), y)])

# ASA's scales are learned: they join the optimiser, which raises the loss by them.
model = resnet18(num_classes=2)
asa = AdversarialStyleAugmentation(channels=64)
Insertion(model, ['layer1'], asa, probability=2 / 3)
train('ASA, one pass', model, [*model.parameters(), asa.scales], lambda: [F.cross_entropy(model(x), y)])

# In AdvBN's frame: a clean and a perturbed pass, here with one set of norms and a prefix that trains.
model = resnet18(num_classes=2)
training = AdversarialTraining(model, Split(model, 'layer1'), [MixStyle()], Attack(num_steps=0, step_size=1),
                               auxiliary=False, train_prefix=True)
train('MixStyle, clean and perturbed', model, model.parameters(),
      lambda: training.losses(lambda: F.cross_entropy(model(x), y)))
