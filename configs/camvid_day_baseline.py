# CamVid by day; dusk is the unseen domain. Dusk is scored on the half that the dusk configs do not train on.
_base_ = ['_base_/datasets/camvid.py', '_base_/models/fcn_mobilenet-v2.py', '_base_/schedules/adamw_poly.py',
          '_base_/default_runtime.py']
method = 'baseline'
benchmark = 'camvid'
source_domain = 'camvid/day'
domains = [
    dict(name='camvid/day', dataset=dict(sequences=['Seq05VD'], frames='::3')),
    dict(name='camvid/dusk', dataset=dict(sequences=['0001TP'], frames='62:')),
]
