"""What Keras leaves out when it saves a model that draws random numbers."""

import keras
from keras import ops


class RandomStateModel(keras.Model):
    """A model that is saved with the state of its random generators.

    A loaded model then draws the numbers that the saved one would have drawn next. Keras saves
    the variables of layers and optimizers, but not those of a `keras.random.SeedGenerator`.
    """

    def _random_states(self):
        """Return the states of all random generators, those of the layers within included."""
        return [v for v in self.variables if v.name == "seed_generator_state"]

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for i, state in enumerate(self._random_states()):
            store[f"random_state_{i}"] = ops.convert_to_numpy(state.value)

    def load_own_variables(self, store):
        for i, state in enumerate(self._random_states()):
            state.assign(store[f"random_state_{i}"])
        super().load_own_variables(
            {
                key: store[key]
                for key in store.keys()  # noqa: SIM118 (a store is no dict)
                if not key.startswith("random_state")
            }
        )
