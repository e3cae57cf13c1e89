"""What is read, one file a service; each registers its collectors as it is imported."""
