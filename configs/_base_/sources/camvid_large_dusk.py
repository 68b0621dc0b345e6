# CamVid at dusk: 62 frames, so twice the epochs.
_base_ = 'camvid_large_day.py'
source_domain = 'camvid/dusk'
train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
param_scheduler = [dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=32, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=32, val_interval=32)
finetune = dict(
    load_from='work_dirs/camvid_large_dusk_baseline/epoch_32.pth',
    param_scheduler=[dict(type='PolyLR', power=0.9, by_epoch=True, begin=0, end=16, convert_to_iter_based=True)],
    train_cfg=dict(max_epochs=16, val_interval=16))
