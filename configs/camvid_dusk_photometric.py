_base_ = ['_base_/sources/camvid_dusk.py', 'methods/photometric.py']
vars().update(_base_.photometric)
