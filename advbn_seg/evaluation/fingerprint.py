"""What a measured number depends on, as hashes: when none of them changed, the number is reused."""
import hashlib
import json
import os
from pathlib import Path

from .loading import metric_configs

UNCOMPRESSED = ('.bmp', '.npy', '.pbm', '.pgm', '.pnm', '.ppm', '.tif', '.tiff')


def checkpoint_fingerprint(path):
    """Return the SHA-256 of a file, in hexadecimal."""
    sha256 = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    return sha256.hexdigest()


def holds(folder, checkpoint, sha256):
    """Return whether a folder has the checkpoint of this SHA-256; a training that ran again since has another one."""
    try:
        return checkpoint_fingerprint(Path(folder, checkpoint)) == sha256
    except (OSError, ValueError):  # the second: a name that no file can have
        return False


def data_fingerprint(dataset):
    """Return the SHA-256 of a dataset's classes, and of the names and sizes of its files; moving the data keeps it.

    Where the size does not tell images apart, as of uncompressed ones, the content counts.
    """
    samples = [dataset.get_data_info(index) for index in range(len(dataset))]
    files = [os.path.abspath(sample[key]) for sample in samples
             for key in ('img_path', 'seg_map_path') if key in sample]
    root = os.path.commonpath(files)
    listing = [(os.path.relpath(file, root), os.path.getsize(file), *content_of(file)) for file in files]
    return digest([listing, dataset.metainfo['classes']])


def labels_fingerprint(dataset):
    """Return the SHA-256 of what is in a dataset's label files, or None where it has none.

    Their sizes say little: a palette PNG that has two classes exchanged is as large as before.
    """
    samples = [dataset.get_data_info(index) for index in range(len(dataset))]
    files = [sample['seg_map_path'] for sample in samples if 'seg_map_path' in sample]
    return digest([checkpoint_fingerprint(file) for file in files]) if files else None


def content_of(file):
    """Return [the SHA-256 of a file] where it is an uncompressed image, and else []."""
    return [checkpoint_fingerprint(file)] if file.lower().endswith(UNCOMPRESSED) else []


def settings_fingerprint(cfg, dataset):
    """Return the SHA-256 of whatever else decides a number.

    These are the model's config, the dataset with its pipeline but without its place, and the options of the test loop
    and of the metric. The hooks that may change the model count too: AdvBN's say which norms run.

    Args:
        cfg (Config): with its norm branch set.
        dataset (dict): config of the dataset.
    """
    dataset = {key: value for key, value in dataset.items() if key != 'data_root'}
    return digest([dataset, cfg.model, cfg.get('data_preprocessor'), cfg.get('custom_hooks'), ignore_index(cfg),
                   uses_fp16(cfg)])


def training_fingerprint(cfg):
    """Return the SHA-256 of how a config trains, apart from its seed, and from what `settings_fingerprint` has.

    These are the batches of the training, and all that makes steps of them. Where the data lie does not count, nor how
    they are loaded, nor the checkpoint that a run starts from: each seed has its own.

    Args:
        cfg (Config): that can train.
    """
    loader = cfg.train_dataloader
    dataset = {key: value for key, value in loader['dataset'].items() if key != 'data_root'}
    steps = [cfg.get(key) for key in ('optim_wrapper', 'param_scheduler')]
    length = {key: value for key, value in (cfg.get('train_cfg') or {}).items() if key in ('max_epochs', 'max_iters')}
    return digest([dataset, loader.get('batch_size'), loader.get('sampler'), steps, length])


def network_fingerprint(cfg):
    """Return the SHA-256 of a config's backbone, without the weights that it starts from."""
    network = cfg.model.get('backbone') or cfg.model
    return digest({key: value for key, value in network.items() if key != 'init_cfg'})


def ignore_index(cfg):
    """Return the label that mmseg's IoUMetric of this config leaves out."""
    return next((metric['ignore_index'] for metric in metric_configs(cfg) if 'ignore_index' in metric), 255)


def uses_fp16(cfg):
    """Return whether mmengine's test loop runs this config under autocast."""
    return bool((cfg.get('test_cfg') or {}).get('fp16', False))


def digest(value):
    """Return the SHA-256 of anything that JSON can hold (other types by their text), in hexadecimal."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
