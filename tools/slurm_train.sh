#!/usr/bin/env bash
# [GPUS=4] [GPUS_PER_NODE=4] [CPUS_PER_TASK=5] tools/slurm_train.sh PARTITION JOB_NAME CONFIG [further flags of tools/train.py]
set -euo pipefail
srun -p "$1" --job-name="$2" --gres=gpu:"${GPUS_PER_NODE:-4}" --ntasks="${GPUS:-4}" \
    --ntasks-per-node="${GPUS_PER_NODE:-4}" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} python -u "$(dirname "$0")/train.py" "$3" --launcher slurm "${@:4}"
