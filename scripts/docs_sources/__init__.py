"""What `build_docs.py` writes and checks: pages made from the code, links, and examples that are run."""
