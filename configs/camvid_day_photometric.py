_base_ = ['_base_/sources/camvid_day.py', 'methods/photometric.py']
vars().update(_base_.photometric)
