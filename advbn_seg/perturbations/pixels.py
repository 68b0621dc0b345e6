"""PGD's adversary (https://arxiv.org/abs/1706.06083): what may change in an image."""
import torch

from ..errors import UserError


class Pixels:
    """PGD's adversary (https://arxiv.org/abs/1706.06083): every pixel of every image, in units of pixel values.

    Args:
        eps: radius of the ball ||delta||_inf <= eps.
        mean, std: with which pixel values became images, (pixels - mean) / std, per channel.
        max_pixel: perturbed pixels stay between 0 and this.
    """

    def __init__(self, eps, mean=(0.,), std=(1.,), max_pixel=255):
        if not eps > 0:
            raise UserError(f'eps must be positive, found {eps}')
        self.eps = eps
        self.mean = torch.as_tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self.std = torch.as_tensor(std, dtype=torch.float32).view(-1, 1, 1)
        self.max_pixel = max_pixel

    def start(self, features, random=False):
        """The first deltas, float32 and of the images' shape (B, C, H, W)."""
        images, = features
        deltas = torch.zeros(images.shape, device=images.device)
        return (deltas.uniform_(-self.eps, self.eps) if random else deltas,)

    def apply(self, features, delta):
        """The perturbed images, of the images' shape and dtype."""
        images, = features
        mean, std = self.mean.to(images.device), self.std.to(images.device)
        darkest, brightest = (0 - mean) / std, (self.max_pixel - mean) / std
        return (torch.clamp(images + delta / std, darkest, brightest).to(images.dtype),)

    def project(self, delta):
        return delta.clamp(-self.eps, self.eps)
