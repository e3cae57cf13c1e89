"""The parts of the catalogue build: one source or one step a file."""
