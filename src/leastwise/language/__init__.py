"""What a policy document means: its grammar, its values, its operators."""
