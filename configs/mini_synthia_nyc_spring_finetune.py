_base_ = ['_base_/sources/mini_synthia_nyc_spring.py', 'methods/finetune.py']
vars().update(_base_.finetune)
expected = dict(unseen=29.09)
