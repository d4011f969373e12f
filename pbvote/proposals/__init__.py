"""What people ask money for, how it was checked, and what reached the ballot."""
