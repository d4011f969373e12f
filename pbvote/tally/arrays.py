"""The arrays of the tally: 64-bit integers and floats; and NumPy, which is loaded when the first array is made.

A server starts more often than it counts, and NumPy would be a seventh of the time and of the memory that it takes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Amounts", "Bools", "Floats", "Ints", "NDArray", "np"]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Amounts = NDArray[Any]  # int64, or Python integers (object) where those would not hold the numbers
else:

    class _Numpy:
        """NumPy, from the first name on that is asked for; each name is looked up once."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever NumPy calls so
            value = getattr(import_module("numpy"), name)
            setattr(self, name, value)
            return value

    np = _Numpy()
    Ints = Floats = Bools = Amounts = NDArray = Any
