"""Proofs measured: the pairs as data, and one program for each engine that compares them."""
