"""What the paper (https://arxiv.org/abs/2009.08965) reports on ImageNet variants, ResNet-50, percent."""
from ...synthetic.corruptions import CORRUPTIONS

# Table 1: mCE on ImageNet-C, then top-1 on ImageNet-Instagram, -Sketch and Stylized ImageNet.
SETS = ('imagenet-c', 'instagram', 'sketch', 'stylized')
TABLE_1 = {method: dict(zip(SETS, numbers)) for method, numbers in {
    'Standard Training': (76.7, 67.2, 24.1, 7.4),
    'Adv. Training': (73.7, 68.2, 25.3, 9.1),
    'MoEx (w/ Cutmix)': (74.8, 70.0, 24.0, 5.0),
    'SIN': (73.8, 68.5, 26.9, 10.4),
    'AdvBN': (72.7, 69.5, 27.9, 11.9),
    'AdvProp': (70.7, 69.2, 18.0, 9.0),
    'AdvProp + AdvBN': (69.5, 69.3, 28.7, 12.6),
    'Cutmix': (74.7, 70.3, 23.8, 5.3),
    'Cutmix + AdvBN': (72.1, 70.9, 27.2, 8.2),
    'AutoAugment (AA)': (72.1, 70.1, 26.7, 8.2),
    'AA + AdvBN': (68.6, 71.1, 30.3, 14.1),
    'Fast AA': (68.7, 71.1, 27.2, 8.3),
    'Fast AA + AdvBN': (68.7, 71.3, 28.6, 11.4),
    'Augmix': (68.4, 70.4, 28.5, 11.2),
    'Augmix + AdvBN': (64.6, 71.1, 28.7, 13.6),
}.items()}

# Table 7, the same columns: AdvBN with all sets through one branch.
TABLE_7 = {method: dict(zip(SETS, numbers)) for method, numbers in {
    'AdvBN (w/ main BN)': (72.7, 69.5, 26.4, 9.0),
    'AdvBN (w/ aux. BN)': (72.4, 68.5, 27.9, 11.9),
}.items()}

# Table 4: corruption errors, and the error on clean ImageNet.
TABLE_4 = {method: dict(zip(('clean', *CORRUPTIONS, 'mCE'), numbers)) for method, numbers in {
    'Base model': (23.9, 80, 82, 83, 75, 89, 78, 80, 78, 75, 66, 57, 71, 85, 77, 77, 76.7),
    'AdvBN': (23.0, 75, 76, 77, 70, 85, 75, 80, 74, 71, 63, 54, 66, 82, 71, 72, 72.7),
}.items()}

# Table 5: error at each of the five severities. Those of AugMix have an mCE of 65.3, not the 68.4 of Table 1.
TABLE_5 = {
    'AugMix': {
        'defocus_blur': (35, 40, 50, 62, 74), 'glass_blur': (39, 50, 74, 78, 84),
        'motion_blur': (28, 33, 42, 58, 71), 'zoom_blur': (38, 45, 49, 57, 65),
        'snow': (39, 59, 57, 69, 77), 'frost': (35, 50, 62, 64, 71),
        'fog': (37, 42, 52, 58, 75), 'brightness': (25, 26, 29, 33, 40),
        'contrast': (29, 33, 39, 59, 85), 'elastic_transform': (31, 53, 37, 48, 71),
        'pixelate': (30, 32, 41, 53, 60), 'jpeg_compression': (32, 35, 37, 43, 52),
        'gaussian_noise': (32, 40, 55, 76, 94), 'shot_noise': (33, 42, 55, 77, 88),
        'impulse_noise': (36, 46, 56, 79, 95)},
    'AugMix + AdvBN': {
        'defocus_blur': (34, 39, 51, 64, 74), 'glass_blur': (38, 49, 74, 79, 86),
        'motion_blur': (29, 36, 50, 69, 80), 'zoom_blur': (42, 51, 57, 65, 73),
        'snow': (40, 59, 56, 68, 75), 'frost': (34, 49, 60, 62, 69),
        'fog': (34, 40, 48, 55, 72), 'brightness': (24, 25, 28, 32, 37),
        'contrast': (29, 33, 41, 63, 87), 'elastic_transform': (31, 53, 38, 50, 75),
        'pixelate': (30, 31, 40, 53, 58), 'jpeg_compression': (31, 34, 36, 41, 49),
        'gaussian_noise': (31, 37, 48, 64, 84), 'shot_noise': (32, 39, 49, 69, 81),
        'impulse_noise': (37, 44, 51, 67, 84)},
}

# Table 8: top-1 on ImageNet, then top-1 and top-5 on ImageNet-AdvBN and on what the same decoder makes of clean images,
# with VGG-19 as the encoder and with ResNet-50.
TABLE_8 = {f'{method}, {encoder}': {'imagenet': (clean, None), 'advbn': tuple(numbers[start:start + 2]),
                                    'reconstructed': tuple(numbers[start + 2:start + 4])}
           for encoder, start in (('VGG-19', 0), ('ResNet-50', 4)) for method, (clean, *numbers) in {
    'Standard Training': (76.1, 1.6, 4.7, 45.8, 70.6, 0.4, 1.3, 65.7, 86.9),
    'MoEx (w/ Cutmix)': (79.1, 1.0, 2.9, 40.2, 63.8, 0.3, 1.1, 65.7, 86.8),
    'Adv. Training': (76.6, 2.0, 5.5, 48.1, 72.5, 0.5, 1.5, 68.0, 88.3),
    'AdvBN': (77.0, 4.7, 11.9, 46.8, 71.4, 1.7, 4.0, 67.2, 87.9),
    'AdvProp': (77.4, 1.6, 4.5, 53.1, 76.6, 0.3, 0.9, 71.1, 90.0),
    'AdvProp + AdvBN': (77.3, 7.4, 17.2, 51.4, 75.3, 1.8, 4.2, 70.5, 89.7),
    'Cutmix': (78.6, 1.1, 3.2, 39.0, 62.2, 0.3, 1.0, 64.6, 85.8),
    'Cutmix + AdvBN': (78.4, 4.1, 10.3, 42.3, 66.3, 1.4, 3.4, 66.7, 87.4),
    'AutoAugment (AA)': (76.4, 1.9, 5.3, 45.8, 70.2, 0.8, 2.3, 65.5, 86.9),
    'AA + AdvBN': (76.5, 6.3, 15.6, 54.6, 78.3, 2.9, 6.4, 66.4, 87.3),
    'Fast AA': (77.8, 1.9, 5.0, 43.4, 67.0, 0.8, 2.5, 66.8, 87.3),
    'Fast AA + AdvBN': (77.6, 5.1, 12.8, 44.4, 68.5, 1.8, 4.4, 67.4, 87.8),
    'Augmix': (77.6, 3.9, 9.9, 53.5, 77.0, 1.0, 2.7, 71.9, 90.7),
    'Augmix + AdvBN': (77.8, 8.6, 19.5, 50.9, 74.7, 2.4, 5.3, 70.2, 89.7),
}.items()}
