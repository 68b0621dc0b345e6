_base_ = 'camvid_day_finetune.py'
source_domain = 'camvid/dusk'
train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
load_from = 'work_dirs/camvid_dusk_baseline/epoch_8.pth'
