_base_ = ['_base_/sources/camvid_day.py', 'methods/advbn_running.py']
vars().update(_base_.finetune)
