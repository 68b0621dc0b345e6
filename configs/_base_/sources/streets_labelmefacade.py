# LabelMeFacade, Boston and Mallorca: 339 photographs, so fewer epochs. CamVid is unseen, by day and at dusk.
_base_ = ['../datasets/streets.py', '../models/fcn_efficientnet-lite0.py', '../schedules/adamw_poly.py',
          '../default_runtime.py']
source_domain = 'labelmefacade'
train_dataloader = dict(dataset=_base_.labelmefacade_train)
val_dataloader = dict(dataset=_base_.labelmefacade_val)
model = dict(decode_head=dict(num_classes=6))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=10, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=10, val_interval=10)
finetune = dict(
    load_from='work_dirs/streets_labelmefacade_baseline/epoch_10.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=5, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=5, val_interval=5))
