"""Redis: keys, scripts, and one small class for each thing that is stored. Nothing else in the project speaks Redis."""
