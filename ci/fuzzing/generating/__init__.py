"""Generates programs that a JIT could get wrong; program.generate() is the entry."""
