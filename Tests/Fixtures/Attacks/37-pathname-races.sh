# Threads that change a path while it is looked at
# The answering process reads a name in the caller's memory, and the kernel reads it again: between the two, another thread writes
# another name. Nothing may come of it that the build could not have had by itself, and nothing of it may reach the record.
compile races
# What a naive supervisor would do: look, then use. The race is won within a second.
outside 'won' races naive
inside 'secrets 0' 'races inside'
