# The embedded default: 8 epochs on 240 rendered frames, and 3 of fine-tuning, a tenth of the paper's 80 and 30.
_base_ = ['../datasets/mini_synthia.py', '../models/fcn_efficientnet-lite0.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
finetune = dict(load_from='work_dirs/mini_synthia_highway_dawn_baseline/epoch_8.pth')
