from .. import safe_loading  # noqa: F401  no checkpoint runs code
from .advbn_hook import AdvBNHook
from .advprop_hook import AdvPropHook
from .channels_last_hook import ChannelsLastHook
from .exact_resume_hook import ExactResumeHook
from .finite_loss_hook import FiniteLossHook
from .frozen_prefix_hook import FrozenPrefixHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .termination_hook import TerminationHook

__all__ = ['AdvBNHook', 'AdvPropHook', 'ChannelsLastHook', 'ExactResumeHook', 'FiniteLossHook', 'FrozenPrefixHook',
           'SafeCheckpointHook', 'TerminationHook']
