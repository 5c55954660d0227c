"""Synapus: neuromorphic chips behind a control server.

    import synapus

    with synapus.local(mismatch=0.2, chip_seed=1) as chip:
        chip.load("net.chip")
        recording = chip.run(synapus.Spikes.of_lists([([64, 640], [0, 1])]), adc=["readout"])

`connect` reaches a server that runs already. `synapus.torch` and `synapus.jax` train networks with a chip in the loop;
`synapus.surrogate` is what both, and plain numpy, take gradients with.
"""

from .chip import Chip, WrittenWeights
from .chipfile import ChipFacts
from .chipinfo import ChipInfo
from .client import connect, default_endpoint, greet, local
from .connection import Greeting
from .errors import *  # noqa: F403
from .errors import __all__ as _errors
from .experiment import Experiment, GradedChannel, GradedEvents, RegisterProbe
from .image import Image, Population
from .keys import ClientKey
from .local import LocalServer, find_program
from .projection import Projection, WeightBlocks
from .recording import Recording
from .run import RunStream
from .session import ChipInUse, Lease
from .spikes import Spikes

__version__ = "0.1.0"

__all__ = [
    "Chip", "ChipFacts", "ChipInUse", "ChipInfo", "ClientKey", "Experiment", "GradedChannel", "GradedEvents", "Greeting",
    "Image", "Lease", "LocalServer", "Population", "Projection", "Recording", "RegisterProbe", "RunStream", "Spikes",
    "WeightBlocks", "WrittenWeights", "connect", "default_endpoint", "find_program", "greet", "local", *_errors,
]  # fmt: skip
