"""Hashes of text and the order of sets."""
words = [f"word{i}" for i in range(40)]
print(hash("text"), hash(b"bytes"), hash((1, "two")), hash(None))
print(list(set(words)))
print(list(frozenset(words))[:10], list({w: 1 for w in words})[:5])
