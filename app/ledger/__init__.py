"""What is left of the user's grants: derived from attempts, grants and corrections, never kept twice."""
