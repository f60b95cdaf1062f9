"""What each stage costs alone, measured on the classes that do it, with a floor beside it where there is one."""
