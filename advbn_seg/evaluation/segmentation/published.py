"""The mIoU that the paper reports on SYNTHIA: Table 3 of https://arxiv.org/abs/2009.08965, in percent."""

TARGETS = ('nyc/dawn', 'nyc/fog', 'nyc/night', 'nyc/spring', 'nyc/winter',
           'highway/dawn', 'highway/fog', 'highway/night', 'highway/spring', 'highway/winter')

TITLES = {'baseline': 'baseline', 'adv_training': 'adversarial training', 'advprop': 'AdvProp', 'moex': 'MoEx',
          'advbn': 'AdvBN'}

TABLE_3 = {  # source -> method -> one number per target
    'nyc/spring': {
        'baseline': (52.7, 49.5, 49.7, 65.9, 48.2, 18.6, 21.0, 16.9, 21.6, 15.3),
        'adv_training': (54.6, 50.7, 50.2, 65.8, 49.7, 21.2, 28.0, 20.4, 26.3, 21.4),
        'advprop': (52.3, 48.9, 48.0, 71.9, 48.2, 18.9, 22.0, 13.8, 24.3, 17.5),
        'moex': (54.7, 53.2, 51.8, 71.1, 49.0, 21.3, 24.3, 19.4, 27.6, 18.7),
        'advbn': (57.5, 55.1, 55.4, 66.5, 52.7, 23.8, 26.6, 25.9, 29.8, 23.5),
    },
    'highway/dawn': {
        'baseline': (32.6, 29.0, 25.4, 24.2, 24.8, 64.2, 55.5, 53.1, 59.0, 49.2),
        'adv_training': (33.5, 30.7, 27.9, 27.5, 26.7, 64.0, 56.4, 54.0, 59.5, 50.3),
        'advprop': (30.8, 24.1, 20.3, 23.2, 21.4, 64.6, 53.5, 47.2, 59.0, 47.6),
        'moex': (32.0, 27.5, 27.6, 29.6, 26.7, 64.6, 57.2, 57.0, 61.0, 51.1),
        'advbn': (34.0, 31.6, 29.6, 30.7, 29.1, 64.5, 57.2, 56.4, 61.2, 53.2),
    },
}
