_base_ = ['_base_/sources/camvid_dusk.py', 'methods/baseline.py']
