"""Proofs checked again by other means: no code of the search, of its sets or of the engine's operators is used here."""
