"""Where a step's time goes: TensorFlow's profiler, its operations put into a few groups."""

import collections
import pathlib
import tempfile

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

# Parts of the names of TensorFlow's operations; the first group that fits takes it.
GROUPS = {
    "convolutions by inputs": ("Conv2DBackpropInput",),  # and transposed ones forward
    "convolutions by weights": ("Conv2DBackpropFilter",),
    "convolutions forward": ("Conv2D",),  # and transposed ones by inputs
    "matrix products": ("MatMul",),
    "activations": ("Relu", "Tanh", "Sigmoid", "Softplus"),
    "random numbers and drawing": ("Random", "Gather", "Shuffle"),
}
WRAPPERS = ("While", "If", "Case", "PartitionedCall")  # their time is that of what is in them
OTHER = "element by element and sums (normalisation, Adam, averages)"


def shares(call):
    """Return the share of each group in the time that the operations of a call take.

    The times of all threads are added up; what an operation waits for is not in them.
    """
    times = collections.Counter()
    for operation, seconds in operations(call):
        times[group(operation)] += seconds
    total = sum(times.values())
    return {name: seconds / total for name, seconds in times.most_common()}


def group(operation):
    fits = (name for name, parts in GROUPS.items() if any(part in operation for part in parts))
    return next(fits, OTHER)


def operations(call):
    """Yield (type, seconds) of each operation that TensorFlow runs on the CPU during the call."""
    options = tf.profiler.experimental.ProfilerOptions(host_tracer_level=2, python_tracer_level=0)
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder, options):
            call()
        (path,) = pathlib.Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(path.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            if line.name.startswith("tf_Compute"):
                for event in line.events:
                    name, colon, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                    if colon and name[-1:] not in (":", "") and not kind.endswith(WRAPPERS):
                        yield kind, event.duration_ps * 1e-12
