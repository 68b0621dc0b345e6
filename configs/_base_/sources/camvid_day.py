# CamVid by day; dusk is the unseen domain.
_base_ = ['../datasets/camvid.py', '../models/fcn_mobilenet-v2.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
source_domain = 'camvid/day'
finetune = dict(load_from='work_dirs/camvid_day_baseline/epoch_8.pth')
