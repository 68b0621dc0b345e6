"""Algorithm 1 of the paper, line by line, for a network given as its two halves: the oracle of our tests."""
import copy

import torch
from torch import nn
from torch.nn import functional as F


def halves(seed=0, norm=nn.BatchNorm2d):
    """A prefix and a suffix with norms and dropout in both."""
    torch.manual_seed(seed)
    prefix = nn.Sequential(nn.Conv2d(3, 8, 3), norm(8), nn.ReLU())
    suffix = nn.Sequential(nn.Conv2d(8, 8, 3), norm(8), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(8, 8, 3), norm(8),
                           nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))
    return prefix, suffix


def algorithm_1(prefix, main, aux, x, y, num_steps, step_size, eps):
    """One step; `main` and `aux` share all but their norms. Returns (clean, adversarial, delta_mean, delta_std)."""
    prefix.eval()
    with torch.no_grad():
        f = prefix(x)
    mu = f.mean((0, 2, 3), keepdim=True)
    delta_mean, delta_std = torch.ones_like(mu), torch.ones_like(mu)
    aux.eval()
    for _ in range(num_steps):
        delta_mean.requires_grad_()
        delta_std.requires_grad_()
        loss = F.cross_entropy(aux(F.relu(delta_std * (f - mu) + delta_mean * mu)), y)
        gradients = torch.autograd.grad(loss, [delta_mean, delta_std])
        delta_mean, delta_std = (
            (delta.detach() + step_size * gradient.sign()).clamp(1 - eps, 1 + eps)
            for delta, gradient in zip((delta_mean, delta_std), gradients))
    main.train()
    aux.train()
    clean = F.cross_entropy(main(f), y)
    adversarial = F.cross_entropy(aux(F.relu(delta_std * (f - mu) + delta_mean * mu)), y)
    return clean, adversarial, delta_mean.flatten(), delta_std.flatten()


def with_own_norms(suffix):
    """A copy of the suffix that shares its parameters, but not those of its norms."""
    twin = copy.deepcopy(suffix)
    for index, module in enumerate(suffix):
        if not isinstance(module, nn.modules.batchnorm._NormBase):
            twin[index] = copy.copy(module)  # shares the parameters, has a training flag of its own
            twin[index]._parameters = module._parameters
    return twin
