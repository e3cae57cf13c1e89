"""Decisions measured: the cases as data, and one program for each engine that answers them."""
