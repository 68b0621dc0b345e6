# CamVid at dusk: 62 frames, so more epochs of them.
_base_ = 'camvid_day.py'
source_domain = 'camvid/dusk'
train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=16, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=16, val_interval=16)
finetune = dict(
    load_from='work_dirs/camvid_dusk_baseline/epoch_16.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=6, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=6, val_interval=6))
