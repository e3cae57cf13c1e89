"""One request to one decision, with the statements that settled it."""
