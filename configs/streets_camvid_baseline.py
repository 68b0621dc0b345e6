_base_ = ['_base_/sources/streets_camvid.py', 'methods/baseline.py']
