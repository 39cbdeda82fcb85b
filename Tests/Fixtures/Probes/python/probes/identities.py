"""Addresses of objects."""
class Thing: pass
things = [Thing() for _ in range(5)]
print([hex(id(t)) for t in things], repr(things[0]), hex(id([])), hex(id(len)), hash(things[0]))
print(sorted(things, key=id) == things)
