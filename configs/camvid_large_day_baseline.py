_base_ = ['_base_/sources/camvid_large_day.py', 'methods/baseline.py']
