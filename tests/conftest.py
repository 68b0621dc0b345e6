import torch
from yapf.yapflib import yapf_api

torch.set_num_threads(1)  # small tensors: threads only get in each other's way
yapf_api.FormatCode = lambda text, **_: (text, True)  # laying out a config for its log takes longer than our trainings
