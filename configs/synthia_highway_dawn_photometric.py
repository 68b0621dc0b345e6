_base_ = ['_base_/sources/synthia_highway_dawn.py', 'methods/photometric.py']
vars().update(_base_.photometric)
