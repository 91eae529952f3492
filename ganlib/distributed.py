"""Several replicas that train one model under `tf.distribute`, each on its part of the batch.

A replica draws the random numbers of the whole batch and keeps its part. Together the replicas
then see what one device would have seen, and their random states stay equal without an exchange.
"""

import functools

import tensorflow as tf
from keras import ops


def replica():
    """Return the number of this replica, from 0, and how many there are; outside of any, (0, 1)."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return 0, 1
    return context.replica_id_in_sync_group, context.num_replicas_in_sync


def draw(sampler, shape, seed):
    """Return this replica's part of the random numbers that one device would draw for all.

    Args:
        sampler: function of a shape and `seed`, such as `keras.random.normal`.
        shape: (batch, ...) of the part.
        seed: as the sampler takes it.
    """
    k, n = replica()
    if n == 1:
        return sampler(shape, seed=seed)
    batch, *rest = shape
    return sampler((n * batch, *rest), seed=seed)[k * batch : (k + 1) * batch]


def cond(predicate, true_fn, false_fn):
    """`tf.cond` without a result, which all replicas enter together: true if it is for each.

    In its branches replicas may meet, as when an optimizer sums their gradients. In a `tf.cond`
    of a replica's own TensorFlow does not allow it.
    """
    if not tf.distribute.has_strategy():
        tf.cond(predicate, true_fn, false_fn)
        return

    def decide(strategy, against, true_fns, false_fns):
        run = functools.partial(strategy.extended.call_for_each_replica, lambda branch: branch())
        unanimous = strategy.reduce("SUM", against, axis=None) == 0
        tf.cond(unanimous, lambda: run((true_fns,)), lambda: run((false_fns,)))

    against = ops.cast(ops.logical_not(predicate), "int32")
    tf.distribute.get_replica_context().merge_call(decide, args=(against, true_fn, false_fn))


def unread(strategy):
    """Return an endless dataset for a `keras.Model.fit` whose train function reads nothing from it.

    The thread that tunes a dataset sleeps 10, 20, 40, ... ms in turn, up to a minute. Had the
    dataset been read, `fit` would wait at its end until the thread wakes up.
    """
    n = strategy.num_replicas_in_sync
    return tf.data.Dataset.range(n).batch(n).repeat()  # Keras cuts a batch into the replicas' parts


def logs(losses):
    """Return a step's scalars in the shape in which `keras.Model.fit` averages them."""
    strategy = tf.distribute.get_strategy()
    if strategy.num_replicas_in_sync == 1:
        return losses
    on_one_machine = strategy.num_replicas_in_sync == len(strategy.extended.worker_devices)
    # Over several machines Keras takes the mean over the first axis as well, which there has to be.
    return losses if on_one_machine else {k: ops.expand_dims(v, 0) for k, v in losses.items()}


def agree(number, strategy):
    """Return whether an int64 variable is the same on all machines, each of which has to ask."""

    def moments():
        powers = ops.stack([ops.ones_like(number), number, ops.square(number)])
        return tf.distribute.get_replica_context().all_reduce("SUM", powers)

    n, total, squares = strategy.experimental_local_results(strategy.run(moments))[0].numpy()
    return bool(n * squares == total**2)  # the variance times n**2 is 0
