"""Tests, one file a module, with rules in equations/ and science in reference/."""
