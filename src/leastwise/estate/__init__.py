"""What is granted: accounts, policies and people at one moment, and every question asked of them."""
