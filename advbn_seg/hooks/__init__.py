from ..runtime import safe_loading  # noqa: F401  no checkpoint runs code
from ..runtime.exact_resume_hook import ExactResumeHook
from ..runtime.finite_loss_hook import FiniteLossHook
from ..runtime.safe_checkpoint_hook import SafeCheckpointHook
from ..runtime.termination_hook import TerminationHook
from .advbn_hook import AdvBNHook
from .adversarial_hook import AdversarialHook
from .advprop_hook import AdvPropHook
from .channels_last_hook import ChannelsLastHook
from .frozen_prefix_hook import FrozenPrefixHook
from .moex_hook import MoExHook
from .perturbation_hook import PerturbationHook

__all__ = ['AdvBNHook', 'AdvPropHook', 'AdversarialHook', 'ChannelsLastHook', 'ExactResumeHook', 'FiniteLossHook',
           'FrozenPrefixHook', 'MoExHook', 'PerturbationHook', 'SafeCheckpointHook', 'TerminationHook']
