from hypothesis import settings

# The same examples on every run and machine, and no failure because a machine is busy.
settings.register_profile("dead_letters", derandomize=True, deadline=None, database=None, max_examples=150)
settings.load_profile("dead_letters")
