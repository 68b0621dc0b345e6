_base_ = ['_base_/sources/camvid_large_dusk.py', 'methods/baseline.py']
