"""The six rules of the equations, each with a test."""
