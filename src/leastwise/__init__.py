"""Least privilege for AWS IAM: smaller policies from what was really used, each with its evidence."""

__version__ = "0.1.0"
