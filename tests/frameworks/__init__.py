"""Our reader beside real models of each framework; see `__main__.py`."""
