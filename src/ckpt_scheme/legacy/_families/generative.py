"""The names of generative models: restorers, adversarial networks, diffusion models."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_basicsr = partial(Format, framework="basicsr", source="XPixelGroup/BasicSR:basicsr/models/base_model.py")
_cyclegan = partial(
    Format,
    framework="cyclegan-pix2pix",
    source="junyanz/pytorch-CycleGAN-and-pix2pix:models/base_model.py",
)

_RESTORATION: Final = (
    _basicsr(
        format="iteration",
        kind="step",
        template="{prefix:net}_{step:plain}.pth",
        counts="iterations",
        steps_behind=0,
        examples=("net_g_5000.pth", "net_d_100000.pth"),
    ),
    _basicsr(
        format="latest",
        kind="last",
        template="{prefix:net}_latest.pth",
        examples=("net_g_latest.pth", "net_d_latest.pth"),
    ),
    _basicsr(
        format="training-state",
        kind="aux",
        template="{step:plain}.state",
        counts="iterations",
        steps_behind=0,
        extras={"role": "optimizer"},
        examples=("5000.state",),
    ),
    # The number comes first, and counts from 1; by iterations if asked for.
    _cyclegan(
        format="epoch",
        kind="epoch",
        template="{epoch:plain}_net_{role:net_role}.pth",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("5_net_G.pth", "200_net_D_A.pth"),
    ),
    _cyclegan(
        format="iteration",
        kind="step",
        template="iter_{step:plain}_net_{role:net_role}.pth",
        source="junyanz/pytorch-CycleGAN-and-pix2pix:train.py",
        counts="samples",
        examples=("iter_5000_net_G.pth",),
    ),
    _cyclegan(
        format="latest",
        kind="last",
        template="latest_net_{role:net_role}.pth",
        examples=("latest_net_G.pth", "latest_net_D_B.pth"),
    ),
)

# NVIDIA's adversarial and diffusion models count thousands of images.
_stylegan = partial(Format, framework="stylegan2-ada", source="NVlabs/stylegan2-ada-pytorch:training/training_loop.py")
_edm = partial(_stylegan, source="NVlabs/edm:training/training_loop.py")

_STYLEGAN: Final = (
    _stylegan(
        format="snapshot",
        kind="step",
        template="network-snapshot-{kimg:padded6}.pkl",
        counts="kimg",
        examples=("network-snapshot-000200.pkl", "network-snapshot-025000.pkl"),
    ),
    _stylegan(
        format="final",
        kind="final",
        template="network-final.pkl",
        source="NVlabs/stylegan2:training/training_loop.py",
        examples=("network-final.pkl",),
    ),
    # Successors keep averages of several widths, and the state that training goes on from.
    _edm(
        format="average-snapshot",
        kind="average",
        template="network-snapshot-{kimg:digits7}-{ema_std:decimal3}.pkl",
        source="NVlabs/edm2:training/training_loop.py",
        counts="kimg",
        examples=("network-snapshot-0001048-0.100.pkl",),
    ),
    _edm(
        format="training-state",
        kind="aux",
        template="training-state-{kimg:digits6}.pt",
        counts="kimg",
        examples=("training-state-002500.pt",),
    ),
    _edm(
        format="training-state-of-averages",
        kind="aux",
        template="training-state-{kimg:digits7}.pt",
        source="NVlabs/edm2:training/training_loop.py",
        counts="kimg",
        examples=("training-state-0001048.pt",),
    ),
    _stylegan(
        format="options",
        kind="sidecar",
        template="training_options.json",
        source="NVlabs/stylegan2-ada-pytorch:train.py",
        examples=("training_options.json",),
    ),
    _stylegan(
        format="samples",
        kind="sidecar",
        template="fakes{kimg:padded6}",
        extensions=(".png", ".jpg"),
        counts="kimg",
        examples=("fakes000200.png",),
    ),
    _stylegan(format="first-samples", kind="sidecar", template="fakes_init.png", examples=("fakes_init.png",)),
)

_guided = partial(
    Format,
    framework="guided-diffusion",
    source="openai/guided-diffusion:guided_diffusion/train_util.py",
    counts="steps",
    steps_behind=0,
)
_ddpm = partial(
    Format,
    framework="denoising-diffusion-pytorch",
    source="lucidrains/denoising-diffusion-pytorch:denoising_diffusion_pytorch/denoising_diffusion_pytorch.py",
)
_open_clip = partial(Format, framework="open_clip", source="mlfoundations/open_clip:src/open_clip_train/main.py")

_DIFFUSION: Final = (
    _guided(format="model", kind="step", template="model{step:padded6}.pt", examples=("model010000.pt",)),
    _guided(
        format="optimizer",
        kind="aux",
        template="opt{step:padded6}.pt",
        extras={"role": "optimizer"},
        examples=("opt010000.pt",),
    ),
    # Two numbers; the first is the rate at which the average forgets.
    _guided(
        format="average",
        kind="average",
        template="ema_{ema_rate:decimal}_{step:padded6}.pt",
        examples=("ema_0.9999_010000.pt",),
    ),
    _guided(
        format="consistency-target",
        kind="aux",
        template="target_model{step:padded6}.pt",
        source="openai/consistency_models:cm/train_util.py",
        extras={"role": "target"},
        examples=("target_model010000.pt",),
    ),
    _ddpm(
        format="milestone",
        kind="index",
        template="model-{save_index:plain}.pt",
        counts="saves",
        examples=("model-1.pt", "model-100.pt"),
    ),
    _open_clip(
        format="epoch",
        kind="epoch",
        template="epoch_{epoch:plain}.pt",
        epoch_base=1,
        counts="epochs",
        epochs_behind=0,
        examples=("epoch_5.pt", "epoch_32.pt"),
    ),
    _open_clip(format="latest", kind="last", template="epoch_latest.pt", examples=("epoch_latest.pt",)),
    _open_clip(
        format="unfinished",
        kind="temp",
        template="tmp.pt",
        extras={"incomplete": True},
        examples=("tmp.pt",),
    ),
)

FORMATS: Final = (*_RESTORATION, *_STYLEGAN, *_DIFFUSION)
