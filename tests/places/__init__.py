"""Other places that run notebooks, each in an environment of its own: ``python -m tests.places``."""
