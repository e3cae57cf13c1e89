"""What is wrong with one policy document as it is written: one check a file, found by walking `checks`."""
