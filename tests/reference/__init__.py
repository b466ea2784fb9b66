"""Closed forms, published figures, conservation and agreement between solvers."""
