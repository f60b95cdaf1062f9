"""What a ranking of 2,000 candidates costs, part by part, and how candidates are found among 400,000 deals."""
