_base_ = 'camvid_day_photometric.py'
source_domain = 'camvid/dusk'
train_dataloader = dict(dataset=dict(sequences=['0001TP'], frames=':62'))
val_dataloader = dict(dataset=dict(sequences=['0001TP'], frames='62:'))
test_dataloader = dict(dataset=dict(sequences=['Seq05VD']))
