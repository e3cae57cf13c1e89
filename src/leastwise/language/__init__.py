"""What a policy document means: its parts with their places, sets of values, operators, patterns and variables."""
