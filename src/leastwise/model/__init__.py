"""The words of the field: plain frozen values and errors."""
