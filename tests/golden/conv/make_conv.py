"""PyTorch's convolutions, norms and recurrent layers: makes the golden file of tests/learn/conv.rs.

    pip install torch safetensors numpy
    python make_conv.py                      # conv.safetensors and conv.json beside this script

For every case the file holds the input, random weights, the output, and the gradients of the sum of the output times given
factors, all computed in float64: `<case>/x`, `<case>/factors`, `<case>/y`, `<case>/dx`, `<case>/weights/<name>` and
`<case>/gradients/<name>`. The JSON file says what each case is.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent
CASES, ARRAYS = [], {}


class Causal(nn.Module):
    """A convolution over one axis with all its zeros in front."""

    def __init__(self, conv, before):
        super().__init__()
        self.conv, self.before = conv, before

    def forward(self, x):
        return self.conv(nn.functional.pad(x, (self.before, 0)))


class ChannelNorm(nn.Module):
    """ConvNeXt's layer norm over the channels of each place."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


def recurrent_name(name):
    base, _, rest = name.partition("_l0")
    return ("backward." if rest else "forward.") + base


def case(name, module, shape, rename=lambda name: name, **about):
    for parameter in module.parameters():
        parameter.data = 0.4 * torch.randn(parameter.shape)
    x = torch.randn(shape, requires_grad=True)
    y = module(x)
    y = y[0] if isinstance(y, tuple) else y
    factors = torch.randn(y.shape)
    (y * factors).sum().backward()
    arrays = dict(x=x, factors=factors, y=y, dx=x.grad)
    for key, parameter in module.named_parameters():
        key = rename(key.rpartition(".")[2])
        arrays[f"weights/{key}"], arrays[f"gradients/{key}"] = parameter, parameter.grad
    for key, buffer in module.named_buffers():
        if key.startswith("running"):
            arrays[f"after/{key}"] = buffer
    for key, value in arrays.items():
        ARRAYS[f"{name}/{key}"] = value.detach().float().contiguous()
    CASES.append(dict(name=name, **about))


def conv(name, shape, outputs, kernel, stride=1, padding=0, dilation=1, groups=1, bias=True):
    two = len(shape) == 4
    pair = lambda v: list(v) if isinstance(v, (list, tuple)) else [v] * (len(shape) - 2)  # noqa: E731
    module = (nn.Conv2d if two else nn.Conv1d)(
        shape[1], outputs, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)
    case(name, module, shape, kind="conv", outputs=outputs, kernel=pair(kernel), stride=pair(stride),
         padding=pair(padding), dilation=pair(dilation), groups=groups, bias=bias)


def transposed(name, shape, outputs, kernel, stride=1, padding=0, beyond=0, dilation=1, groups=1):
    two = len(shape) == 4
    pair = lambda v: list(v) if isinstance(v, (list, tuple)) else [v] * (len(shape) - 2)  # noqa: E731
    module = (nn.ConvTranspose2d if two else nn.ConvTranspose1d)(
        shape[1], outputs, kernel, stride=stride, padding=padding, output_padding=beyond, dilation=dilation, groups=groups)
    case(name, module, shape, kind="transposed", outputs=outputs, kernel=pair(kernel), stride=pair(stride),
         padding=pair(padding), beyond=pair(beyond), dilation=pair(dilation), groups=groups, bias=True)


conv("pointwise", (2, 9, 5, 7), 6, 1)
conv("three", (2, 5, 9, 11), 7, 3, padding=1)
conv("five", (2, 3, 8, 13), 4, 5, padding=2, bias=False)
conv("seven_by_two", (1, 3, 21, 18), 5, 7, stride=2, padding=3)
conv("strides", (3, 4, 10, 9), 6, (3, 2), stride=(2, 3), padding=(0, 1))
conv("dilated", (2, 3, 11, 12), 4, 3, padding=(2, 3), dilation=(2, 3))
conv("grouped", (2, 6, 7, 8), 9, 3, padding=1, groups=3)
conv("depthwise", (2, 6, 9, 19), 6, 7, padding=3, groups=6)
conv("depthwise_threefold", (2, 4, 7, 6), 12, 3, stride=2, padding=1, groups=4)
conv("skips_inputs", (2, 3, 9, 10), 4, 2, stride=3)
conv("line", (2, 5, 31), 4, 5, padding=2)
conv("line_strided", (2, 4, 30), 6, 3, stride=2, padding=1, groups=2)
conv("line_dilated_depthwise", (2, 5, 33), 5, 3, padding=4, dilation=4, groups=5)
causal = nn.Conv1d(4, 5, 3, dilation=4)
case("causal", Causal(causal, 8), (2, 4, 27), kind="causal", outputs=5, kernel=[3], stride=[1], padding=[0],
     dilation=[4], groups=1, bias=True)
same = nn.Conv2d(3, 4, (4, 5), padding="same", dilation=(1, 2))
case("same", same, (2, 3, 8, 9), kind="same", outputs=4, kernel=[4, 5], stride=[1, 1], padding=[0, 0],
     dilation=[1, 2], groups=1, bias=True)
transposed("up", (2, 6, 5, 4), 3, 2, stride=2)
transposed("up_overlapping", (2, 4, 5, 6), 6, (4, 3), stride=2, padding=1, beyond=(0, 1), groups=2)
transposed("up_dilated", (2, 3, 4, 5), 4, 3, stride=(1, 3), padding=(2, 1), beyond=(1, 2), dilation=(2, 1))
transposed("up_line", (2, 4, 9), 3, 4, stride=2, padding=1)
case("shuffle", nn.PixelShuffle(3), (2, 18, 3, 4), kind="shuffle", times=3)
case("group_norm", nn.GroupNorm(3, 6), (2, 6, 5, 7), kind="group_norm", groups=3)
case("channel_norm", ChannelNorm(6), (2, 6, 5, 7), kind="channel_norm")
case("batch_norm", nn.BatchNorm2d(5), (3, 5, 4, 3), kind="batch_norm")
for bidirectional in [False, True]:
    ends = "_both_ways" if bidirectional else ""
    for kind, module in [("gru", nn.GRU), ("lstm", nn.LSTM)]:
        module = module(4, 6, batch_first=True, bidirectional=bidirectional)
        case(kind + ends, module, (3, 7, 4), rename=recurrent_name, kind=kind, width=6, bidirectional=bidirectional)

save_file(ARRAYS, HERE / "conv.safetensors")
about = dict(torch=torch.__version__, cases=CASES)
(HERE / "conv.json").write_text(json.dumps(about, indent=1) + "\n")
