# AdvStyle: one ascent step on the statistics of the images, then both batches, from ImageNet weights, the whole net.
# Its authors take a gradient step of learning rate 1 and one batch of both; the sign step and its size are ours.
method = 'adv_style'
titles = dict(adv_style='AdvStyle')
recipe = 'long'
custom_hooks = [dict(
    type='AdversarialHook', at_input=True, num_steps=1, step_size=0.2, auxiliary=False,
    perturbation=dict(type='advbn_seg.perturbations.image_statistics.ImageStatistics'))]
