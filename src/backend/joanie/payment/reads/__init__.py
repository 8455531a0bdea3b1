"""What people are shown of payments: read in a constant number of statements, never written."""
