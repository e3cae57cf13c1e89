"""Made-up CloudTrail for the bench: the same bytes for the same seed, on any machine."""
