_base_ = ['_base_/sources/synthia_nyc_spring.py', 'methods/photometric.py']
vars().update(_base_.photometric)
