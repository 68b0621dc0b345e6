"""AdvBN's attack on the features of an autoencoder, and the images that they decode to (Section 3, Appendix B)."""
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..adversarial.attack import Attack, Variables
from ..adversarial.losses import total
from ..network.freeze import without_gradients
from ..network.split import Split
from ..perturbations.channel_statistics import ChannelStatistics
from .feature_autoencoder import FeatureAutoencoder, preprocessed

Loss = Callable[[Tensor], Tensor]


class Decoded(NamedTuple):
    """Images (B, 3, H, W), RGB from 0 to 1, and the loss that the attack has raised."""
    images: Tensor
    loss: float


class FeatureAdversary:
    """Finds the worst channel statistics of a batch at the encoder's layer, and decodes the features that have them.

    The loss that the attack raises goes one of two routes:

    - through the encoder's remaining layers, as in the paper's text;
    - through the decoder, the image and a whole classifier, as in the authors' code. Pixels are not clamped on the way.

    Args:
        autoencoder: with a trained decoder.
        num_steps, step_size, eps, per_image: of the attack; see `AdvBN`. 0 steps decode the features as they are: the
            plain reconstruction.
        classifier: the model of the second route, such as `autoencoder.encoder`; None for the first.

    Raises:
        UserError: if an argument is out of range.
    """

    def __init__(self, autoencoder: FeatureAutoencoder, num_steps: int = 6, step_size: float = 0.2, eps: float = 1.1,
                 per_image: bool = False, classifier: nn.Module | None = None):
        self.autoencoder = autoencoder.eval()
        self.classifier = classifier if classifier is None else classifier.eval()
        self.attack = Attack(num_steps, step_size)
        self.perturbation = ChannelStatistics(eps, per_image)

    def __call__(self, batch: dict[str, Any]) -> Decoded:
        """Return the decoded images of a batch of mmengine's, uint8 BGR images and data samples with labels.

        Raises:
            UserError: if nothing of the encoder comes after the layer on the first route, or the loss is inf or NaN.
        """
        data = self.autoencoder.data_preprocessor(batch)
        images, samples = data['inputs'], data['data_samples']
        route = self._through_features if self.classifier is None else self._through_image
        features, loss_of = route(images, samples)

        def perturbed(variables: Variables) -> Tensor:
            return self.perturbation.apply((features,), *variables)[0]

        models = [self.autoencoder, *filter(None, [self.classifier])]
        with without_gradients(parameter for model in models for parameter in model.parameters()):
            variables, = self.attack([self.perturbation], [(features,)], lambda found: loss_of(perturbed(found[0])))
        with torch.no_grad():
            adversarial = perturbed(variables)
            decoded = self.autoencoder.decode(adversarial, images.shape[2:])
            return Decoded(decoded.clamp(0, 1), loss_of(adversarial).item())

    def _through_features(self, images: Tensor, samples: Any) -> tuple[Tensor, Loss]:
        encoder = self.autoencoder.encoder
        split = Split(encoder, self.autoencoder.layer)
        inputs = preprocessed(encoder, images, samples)
        with torch.no_grad(), split.record():
            encoder(**inputs, mode='tensor')

        def loss(features: Tensor) -> Tensor:
            with split.replay([features]):
                return total(encoder(**inputs, mode='loss'))

        return split.features[0], loss

    def _through_image(self, images: Tensor, samples: Any) -> tuple[Tensor, Loss]:
        def loss(features: Tensor) -> Tensor:
            decoded = self.autoencoder.decode(features, images.shape[2:])
            return total(self.classifier(**preprocessed(self.classifier, decoded, samples), mode='loss'))

        return self.autoencoder.features(images), loss
