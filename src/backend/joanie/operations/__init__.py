"""What operators look at: health, metrics, the log. Plain Django, on top of everything else."""
