"""Times an epoch of `rbms` on a GPU: `python beside_rbms.py FOLDER -o rbms.json`, of the programs that `export` wrote.

It imports nothing of this library; it needs PyTorch and rbms. rbms has no mask: in its own loop,
by CD-1 and Adam, it learns from a complete matrix of zeros and ones of as many users and films.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

FEW, MANY, REPEATS = 1, 11, 3  # epochs of a short and of a long run: their difference is free of start and saving


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder that `python -m rbm_lib.collection.bench.gpu --export` wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--tf32", action="store_true", help="let the GPU round products to TF32, as its command does")
    parser.add_argument("--device", default="cuda", help="PyTorch's name of the device (%(default)s)")
    chosen = parser.parse_args()
    import torch

    torch.set_float32_matmul_precision("high" if chosen.tf32 else "highest")
    torch.set_grad_enabled(False)
    entries = json.loads((chosen.folder / "manifest.json").read_text())["timed"]
    found = [epoch(one, chosen.device) for one in entries if one["member"] == "likes"]
    chosen.output.write_text(json.dumps({"torch": torch.__version__, "epochs": found}, indent=1) + "\n")
    return 0


def epoch(entry: dict[str, Any], device: str) -> dict[str, Any]:
    """Seconds of an epoch: a long run less a short one, the best of some."""
    run = Training(entry, device)
    run.seconds(FEW)  # compiles
    pairs = [(run.seconds(FEW), run.seconds(MANY)) for _ in range(REPEATS)]
    seconds = min((long - short) / (MANY - FEW) for short, long in pairs)
    found = {"library": f"rbms {version('rbms')}", "member": "likes", "hidden": entry["hidden"], "on": "GPU"}
    print(found | {"seconds": seconds}, flush=True)
    return found | {"seconds": seconds}


class Training:
    """A machine of `rbms` that its own loop trains on."""

    def __init__(self, entry: dict[str, Any], device: str) -> None:
        import torch
        from rbms import BBRBM
        from rbms.dataset.dataset_class import RBMDataset
        from rbms.optim import setup_optim
        from rbms.pre_grad import build_pre_grad_update
        from rbms.sampler import CD

        where, kind = torch.device(device), torch.float32
        rng, users = np.random.default_rng(0), entry["batch_size"] * entry["steps"]
        likes = (rng.random((users, entry["films"])) < entry["ratings_a_user"] / entry["films"]).astype(np.float32)
        zeros = np.zeros(users)
        data = RBMDataset(likes, zeros, zeros + 1, np.arange(users), "random", "bernoulli", where, kind)
        machine = BBRBM.init_parameters(num_hiddens=entry["hidden"], dataset=data, device=where, dtype=kind)
        machine.init_grad()
        rates = {"learning_rate": 0.003, "max_lr": 0.003, "scale_lr": False, "mult_optim": False}
        optimizer = setup_optim("adam", rates, machine)
        nothing = {"lambda_l1": 0.0, "lambda_l2": 0.0, "normalize_grad": False, "max_grad_norm": -1.0}
        self.steps, self.done, self.synchronize = entry["steps"], 1, device == "cuda"
        self.arguments: dict[str, Any] = {
            "train_dataset": data,
            "test_dataset": data,
            "params": machine,
            "sampler": CD(params=machine, num_steps=1),
            "optimizer": optimizer,
            "batch_size": entry["batch_size"],
            "centered": False,
            "pre_grad_update": build_pre_grad_update(optimizer=optimizer, **nothing),
            "elapsed_time": 0.0,
            "checkpoints": np.array([], int),
        }

    def seconds(self, epochs: int) -> float:
        """Wall time of so many epochs, saving included, which its loop does at the end."""
        import torch
        from rbms.training.pcd import train

        with tempfile.TemporaryDirectory() as folder:
            start, until = time.perf_counter(), self.done + epochs * self.steps
            train(**self.arguments, curr_update=self.done, num_updates=until, filename=f"{folder}/machine.h5")
            if self.synchronize:
                torch.cuda.synchronize()
            self.done = until
            return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
