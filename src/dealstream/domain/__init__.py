"""The pure core: no clients, no clock, no Storm. Everything is a function of its arguments."""
