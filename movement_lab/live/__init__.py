"""Live pose."""
