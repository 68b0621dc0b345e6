_base_ = ['_base_/sources/mini_synthia_highway_dawn.py', 'methods/photometric.py']
vars().update(_base_.photometric)
expected = dict(unseen=34.26)
