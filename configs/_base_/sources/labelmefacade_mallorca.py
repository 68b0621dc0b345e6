# Mallorca with Palma: 113 photographs, half as many as of Boston, so twice the epochs.
_base_ = 'labelmefacade_boston.py'
source_domain = 'mallorca'
train_dataloader = dict(dataset=dict(places=['mallorca']))
val_dataloader = dict(dataset=dict(places=['mallorca']))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=32, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=32, val_interval=32)
finetune = dict(
    load_from='work_dirs/labelmefacade_mallorca_baseline/epoch_32.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=16, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=16, val_interval=16))
