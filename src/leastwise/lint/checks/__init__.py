"""One check a file. Each has a case table `conformance/checks/<name>.md`; a test says which has not."""
