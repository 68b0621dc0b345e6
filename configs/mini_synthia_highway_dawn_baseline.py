# The embedded default: 8 epochs on 240 rendered frames, and 3 of fine-tuning, a tenth of the paper's 80 and 30.
_base_ = ['_base_/datasets/mini_synthia.py', '_base_/models/fcn_efficientnet-lite0.py',
          '_base_/schedules/adamw_poly.py', '_base_/default_runtime.py']
method = 'baseline'
benchmark = 'mini_synthia'
