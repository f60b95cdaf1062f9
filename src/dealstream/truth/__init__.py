"""What the counts must be: computed a second time, with polars, straight from the events."""
