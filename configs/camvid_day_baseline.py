_base_ = ['_base_/sources/camvid_day.py', 'methods/baseline.py']
