"""The semantics of event records, a rule a file, a test for each sentence."""
