"""Differential testing of generated programs: what ci/fuzz does."""
