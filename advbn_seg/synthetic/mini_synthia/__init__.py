"""mini-SYNTHIA: two drawn road scenes in five conditions, on disk exactly as the SYNTHIA video sequences are.

    image, labels, instances = render_frame('nyc', 'fog', index=7)
    write_sequences('data/mini_synthia', num_frames=280)
"""
from ...datasets.labels import COLOURS, Label
from .conditions import CONDITIONS
from .frame import SCENES, render_frame
from .sequences import write_sequences
from .sheet import contact_sheet

__all__ = ['COLOURS', 'CONDITIONS', 'SCENES', 'Label', 'contact_sheet', 'render_frame', 'write_sequences']
