_base_ = ['_base_/sources/mini_synthia_nyc_spring.py', 'methods/baseline.py']
expected = dict(unseen=28.36)
