"""Real data sets, written as the events this project reads."""
