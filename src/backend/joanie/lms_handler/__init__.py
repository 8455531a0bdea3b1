"""Backends that enrol people where courses are taught. Knows no model."""
