_base_ = ['_base_/sources/mini_synthia_nyc_spring.py', 'methods/photometric.py']
vars().update(_base_.photometric)
expected = dict(unseen=30.27)
