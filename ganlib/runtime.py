"""Start TensorFlow quietly, seed everything, choose the precision, say what runs here."""

import contextlib
import os
import platform
import sys
import tempfile


@contextlib.contextmanager
def _stderr_held_back():
    """Hold back what C++ writes to file descriptor 2; pass it on only if the block fails."""
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all, as under pythonw: nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def start(seed=0, precision="float32", cpus=None):
    """Import TensorFlow without its log noise, seed every generator and set the precision.

    TensorFlow logs from C++ while it is imported and when it first looks for devices; both
    happen here, with file descriptor 2 held back, so that nothing of it reaches a notebook.

    Args:
        seed: int from 0 to 2**32 - 1, for Python, NumPy and Keras.
        precision: "float32", "mixed_bfloat16" or "mixed_float16". The mixed policies compute
            in 16 bits and keep the weights in 32.
        cpus: logical devices that the CPU is split into, at least 1, so that `tf.distribute` can
            be tried without more hardware. Only a process's first call can set it; None leaves it.

    Returns:
        str, one line with the versions and the device, as `report()` gives it.

    Raises:
        ValueError: an argument is none of the above.
        RuntimeError: TensorFlow has started its devices, with another number of CPUs.
    """
    if not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise ValueError(f"Expected a seed from 0 to 2**32 - 1. Received: seed={seed!r}")
    policies = ("float32", "mixed_bfloat16", "mixed_float16")
    if precision not in policies:
        raise ValueError(f"Expected a precision out of {policies}. Received: {precision!r}")
    if cpus is not None and (not isinstance(cpus, int) or cpus < 1):
        raise ValueError(f"Expected cpus to be at least 1, or None. Received: {cpus!r}")
    if "tensorflow" not in sys.modules:
        # 3 hides what TensorFlow calls errors, too: they are notes on skipped optimisations of
        # a graph. Real errors are raised as exceptions.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_held_back():
        import keras
        import tensorflow as tf

        if cpus is not None:
            cpu = tf.config.list_physical_devices("CPU")[0]
            parts = [tf.config.LogicalDeviceConfiguration()] * cpus
            tf.config.set_logical_device_configuration(cpu, parts)
        tf.config.list_logical_devices()  # starts the devices, and with them their log lines
    # Below an error it reports retracing, as when several models predict one after the other.
    tf.get_logger().setLevel("ERROR")
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
    return report()


def report():
    """Return one line: the versions of Python, TensorFlow and Keras, and the device in use."""
    import keras
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        names = [tf.config.experimental.get_device_details(gpu)["device_name"] for gpu in gpus]
        device = "GPU " + ", ".join(names)
    else:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        device = f"CPU, {cores} core{'s' * (cores != 1)}"
    return (
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, "
        f"Keras {keras.__version__}, {device}"
    )
