"""What ranking needs within milliseconds: the counts of many cubes (`counts`, `follower`), and candidates (`index`)."""
