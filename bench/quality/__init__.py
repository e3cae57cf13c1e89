"""How good proposals are: benchmarks over published policies and made-up logs with a known truth."""
