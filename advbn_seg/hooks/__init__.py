from .advbn_hook import AdvBNHook
from .channels_last_hook import ChannelsLastHook
from .frozen_prefix_hook import FrozenPrefixHook

__all__ = ['AdvBNHook', 'ChannelsLastHook', 'FrozenPrefixHook']
