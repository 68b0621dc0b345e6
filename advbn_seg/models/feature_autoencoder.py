"""A trained model up to one of its layers, and a decoder that learns to restore the image from there."""
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from ..checkpoints.convert import convert, tensors
from ..errors import UserError
from ..network.execution_order import find_layer, watch_calls
from ..network.feature_maps import is_map
from ..runtime.checkpoint_fit import check_fit
from ..runtime.command_line import check_checkpoint
from ..runtime.safe_loading import load_file
from .feature_decoder import FeatureDecoder, total_variation

PROBE = 64  # pixels, the side of the image by which a layer's stride is found


@MODELS.register_module()
class FeatureAutoencoder(BaseModel):
    """Restores images from the features of a frozen encoder: AdvBN's window (https://arxiv.org/abs/2009.08965, Sec. 3).

    The loss is the mean squared error of pixels in [0, 1] plus the total variation of what is decoded. A checkpoint
    holds encoder and decoder.

    Args:
        encoder: config of the model, a classifier or a segmentor; it stays whole, as the attack needs what comes after
            the layer.
        layer: path in the encoder of the module whose output is decoded, one map (B, C, H, W).
        checkpoint: the encoder's weights: of a training of ours, or released (see `checkpoints/convert.py`). None:
            those that the encoder's config names.
        tv_weight: of the total variation; 1e-8 in the authors' code.

    Raises:
        UserError: if the layer does not serve, or, when training starts, the checkpoint does not fit the encoder.
    """

    def __init__(self, encoder: dict, layer: str, checkpoint: str | None = None, tv_weight: float = 1e-8):
        super().__init__(dict(type='ImgDataPreprocessor', mean=[0.] * 3, std=[255.] * 3, bgr_to_rgb=True))
        self.encoder = MODELS.build(encoder).requires_grad_(False)
        self.layer = layer
        self.checkpoint = checkpoint
        self.tv_weight = tv_weight
        self.train()
        features = self.features(torch.zeros(1, 3, PROBE, PROBE))
        self.decoder = FeatureDecoder(features.shape[1], PROBE // features.shape[2])

    def init_weights(self) -> None:
        """Load the encoder's weights; the decoder starts from random ones."""
        if self.checkpoint is None:
            self.encoder.init_weights()
            return
        check_checkpoint(self.checkpoint)
        state = tensors(load_file(self.checkpoint, map_location='cpu'), self.checkpoint)
        if state.keys() & self.encoder.state_dict().keys():
            check_fit(self.encoder, state, self.checkpoint, "name the encoder's own checkpoint in model.checkpoint")
        else:
            self.encoder.load_state_dict(convert(state, self.encoder, self.checkpoint), strict=False)

    def train(self, mode: bool = True) -> 'FeatureAutoencoder':
        super().train(mode)
        self.encoder.eval()
        return self

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Return what the layer makes of images; the encoder runs no further.

        Args:
            images: (B, 3, H, W), RGB from 0 to 1.

        Raises:
            UserError: if the layer does not run, or returns anything but one map.
        """
        found = []

        def leave(module: nn.Module, output: Any) -> None:
            found.append(output)
            raise Reached

        try:
            with watch_calls({find_layer(self.encoder, self.layer)}, lambda module: None, leave):
                self.encoder(**preprocessed(self.encoder, images), mode='tensor')
        except Reached:
            pass
        if not (found and is_map(found[0]) and found[0].ndim == 4):
            raise UserError(f'layer {self.layer!r} of the encoder returns no feature map (B, C, H, W): choose another')
        return found[0]

    def decode(self, features: Tensor, size: tuple[int, ...]) -> Tensor:
        """Return the images of features, RGB from about 0 to 1, cut to `size` (H, W).

        Where the encoder leaves out the last rows or columns, the last of the image are repeated.
        """
        decoded = self.decoder(features)[..., :size[0], :size[1]]
        missing = [length - found for length, found in zip(size, decoded.shape[-2:])]
        return F.pad(decoded, (0, missing[1], 0, missing[0]), mode='replicate')

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        decoded = self.decode(self.features(inputs), inputs.shape[2:])
        if mode == 'loss':
            return dict(loss_pixel=F.mse_loss(decoded, inputs),
                        loss_variation=self.tv_weight * total_variation(decoded))
        if mode == 'predict':
            return [dict(error=error) for error in (decoded.clamp(0, 1) - inputs).square().mean((1, 2, 3)).tolist()]
        return decoded


class Reached(Exception):
    """The layer has run; the rest of the model need not."""


def preprocessed(model: nn.Module, images: Tensor, data_samples: Any = None) -> dict[str, Any]:
    """Return what a model of mmengine's takes, from images (B, 3, H, W), RGB from 0 to 1; differentiable in them."""
    pixels = list(images.flip(1) * 255)  # as they come from a file
    return model.data_preprocessor(dict(inputs=pixels, data_samples=data_samples), False)
