"""AdvBN's attack on the features of an autoencoder, and the images that they decode to (Section 3, Appendix B)."""
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..adversarial.attack import Attack, Variables
from ..adversarial.losses import total
from ..network.freeze import without_gradients
from ..network.split import Split
from ..perturbations.channel_statistics import ChannelStatistics
from .feature_autoencoder import FeatureAutoencoder, preprocessed


class Decoded(NamedTuple):
    """Images (B, 3, H, W), RGB from 0 to 1, and the loss that the attack has raised."""
    images: Tensor
    loss: float


class FeatureAdversary:
    """Finds the worst channel statistics of a batch at the encoder's layer, and decodes the features that have them.

    The loss that the attack raises is that of one of two routes:

    - features: through the encoder's remaining layers, as in the paper's text;
    - image: decoded, and through a whole classifier, as in the authors' code. Pixels are not clamped on this way.

    Args:
        autoencoder: with a trained decoder.
        num_steps, step_size, eps, per_image: of the attack; see `AdvBN`. 0 steps decode the features as they are: the
            plain reconstruction.
        classifier: the model of the image route; None for the route through the features.

    Raises:
        UserError: if an argument is out of range.
    """

    def __init__(self, autoencoder: FeatureAutoencoder, num_steps: int = 6, step_size: float = 0.2, eps: float = 1.1,
                 per_image: bool = False, classifier: nn.Module | None = None):
        self.autoencoder = autoencoder.eval()
        self.classifier = classifier and classifier.eval()
        self.attack = Attack(num_steps, step_size)
        self.perturbation = ChannelStatistics(eps, per_image)
        self.split = Split(autoencoder.encoder, autoencoder.layer)

    def __call__(self, batch: dict[str, Any]) -> Decoded:
        """Return the decoded images of a batch of mmengine's, uint8 BGR images and data samples with labels.

        Raises:
            UserError: if the loss is inf or NaN in some step.
        """
        data = self.autoencoder.data_preprocessor(batch)
        images, samples = data['inputs'], data['data_samples']
        encoder = self.autoencoder.encoder
        inputs = preprocessed(encoder, images, samples)
        with torch.no_grad(), self.split.record():
            encoder(**inputs, mode='tensor')

        def perturbed(variables: list[Variables]) -> tuple[Tensor, ...]:
            return self.perturbation.apply(self.split.features, *variables[0])

        def decoded(variables: list[Variables]) -> Tensor:
            return self.autoencoder.decode(perturbed(variables)[0], images.shape[2:])

        def loss(variables: list[Variables]) -> Tensor:
            if self.classifier is not None:
                return total(self.classifier(**preprocessed(self.classifier, decoded(variables), samples),
                                             mode='loss'))
            with self.split.replay(perturbed(variables)):
                return total(encoder(**inputs, mode='loss'))

        models = [self.autoencoder, *filter(None, [self.classifier])]
        with without_gradients(parameter for model in models for parameter in model.parameters()):
            variables = self.attack([self.perturbation], [self.split.features], loss)
        with torch.no_grad():
            found = Decoded(decoded(variables).clamp(0, 1), loss(variables).item())
        self.split.forget()
        return found
