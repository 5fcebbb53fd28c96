"""The tests. `python -m tests` runs every one of them."""
