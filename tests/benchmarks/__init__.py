"""Measurements of ganlib beside its peers and the machine's limits: `make bench`."""
