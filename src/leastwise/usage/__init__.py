"""What was used: logs in, observed requests out."""
