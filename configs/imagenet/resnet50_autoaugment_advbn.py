# Table 1, "AA + AdvBN": fine-tuned with both. The paper's ablations are variations of it by --cfg-options:
#     Table 2     perturbed_layer=backbone.layer1 (conv2_3), backbone.layer2 (conv3_4), backbone.layer3 (conv4_6)
#     Figure 4    custom_hooks.0.num_steps=m custom_hooks.0.eps=E for m in 1 ... 8, E = 0.2 m - 0.1
#     Table 9     both of the above; the hours are in the logs
# each with a --work-dir of its own.
_base_ = 'resnet50_autoaugment.py'
method = 'autoaugment_advbn'
titles = dict(autoaugment_advbn='AutoAugment + AdvBN')
custom_hooks = [dict(type='AdvBNHook', num_steps=6, step_size=0.2, eps=1.1)]
