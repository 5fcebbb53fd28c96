"""Bias of any model and table: what it is, where it comes from, what can be done."""
