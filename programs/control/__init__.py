"""What is looked at before a cycle is approved, and looked up afterwards at the households themselves."""
