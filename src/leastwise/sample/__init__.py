"""Made-up organisations and their logs, the same for the same seed, with the truth about them."""
